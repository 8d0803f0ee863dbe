import type { IConstruct } from 'constructs';
import type { GitOpsEngine } from './gitops/engine.ts';
import type { Digest, Image } from './images.ts';
import type { NetworkEngine } from './network/engine.ts';
import type { Cidr, Peer } from './network/flow.ts';
import type { SecretBackend } from './secrets/backend.ts';
import type { SecretNeed } from './secrets/secret.ts';
import type { CiphertextStore } from './secrets/store.ts';
import { type Signer, useSigner } from './signers.ts';

/** Kubernetes minors that the toolkit renders for. */
export type Minor = '1.33' | '1.34' | '1.35' | '1.36';

/** The gateway that carries the routes of exposed agents. */
export interface Gateway {
  readonly name: string;
  readonly namespace: string;
  /** Listener (`sectionName`) to attach to. @default every listener of the gateway that admits the route */
  readonly listener?: string | undefined;
  /** What a browser uses. */
  readonly scheme: 'https' | 'http';
  /** Where its connections to the pods come from: pods of its data plane, or Cilium's own ingress identity. */
  readonly peers: readonly Peer[] | 'cilium-ingress';
  /** Addresses of its data plane and nothing else, for programs that trust its forwarded headers. @default none is trusted */
  readonly addresses?: readonly Cidr[] | undefined;
}

/** Cluster-wide rules for images. */
export interface ImageRules {
  /** Registry or repository prefix to the one that answers for it: `{ 'ghcr.io': 'mirror.example.org/ghcr' }`. The longest prefix wins. */
  readonly mirrors?: Readonly<Record<string, string>> | undefined;
  /**
   * With which images are pulled: `pullSecret()` for a Secret that the cluster's secret backend makes for each agent, or the
   * name of a `kubernetes.io/dockerconfigjson` Secret that something else makes in each app's namespace.
   */
  readonly pullSecrets?: readonly (string | SecretNeed)[] | undefined;
  /** `repository:tag` to the digest that this cluster runs. */
  readonly pins?: Readonly<Record<string, Digest>> | undefined;
  /** Who signs the images of a repository, as apps write it, for clusters that verify images. @default what the image or the library says */
  readonly signers?: Readonly<Record<string, Signer>> | undefined;
  /** Whether pods may mount images as volumes. @default Kubernetes 1.35 or newer */
  readonly volumes?: boolean | undefined;
}

/** Certificate authorities for every container, in a ConfigMap that is in each app's namespace, as trust-manager makes it. */
export interface CaBundle {
  readonly configMap: string;
  /** Its key with certificates in PEM. It replaces the system's own for most programs, so public ones have to be in it. */
  readonly key: string;
}

/** What an app may know of the cluster that it lands on. */
export interface ClusterFacts {
  readonly name: string;
  readonly kubernetes: Minor;
  /** Domain of exposed agents: `expose('claw')` becomes `claw.<domain>`. */
  readonly domain: string;
  /** Domain of Services. @default 'cluster.local' */
  readonly serviceDomain: string;
  /** Where pods ask for names. */
  readonly dns: readonly Peer[];
  /** Addresses of the API server behind its Service, for engines that cannot name it. */
  readonly apiServer?: { readonly cidrs: readonly Cidr[]; readonly port: number } | undefined;
  readonly gateway?: Gateway | undefined;
  /** StorageClass of state volumes. @default the cluster's default class */
  readonly storageClass?: string | undefined;
  readonly images: ImageRules;
  /** @default the certificate authorities of each image */
  readonly caBundle?: CaBundle | undefined;
  readonly network: NetworkEngine;
  readonly secrets: SecretBackend;
  readonly gitops: GitOpsEngine;
  readonly ciphertext: CiphertextStore;
  /** Whether signed text can reach `dist` as it is: our own synth writes it so, stock cdk8s would write it anew. */
  readonly verbatim: boolean;
  /** Absolute path of the folder with the skills. */
  readonly skills: string;
}

const facts = new WeakMap<IConstruct, ClusterFacts>();

/** Gives the tree below `root` its cluster. */
export function setFacts(root: IConstruct, value: ClusterFacts): void {
  facts.set(root, value);
}

/** The cluster that a construct is in. */
export function factsOf(construct: IConstruct): ClusterFacts {
  for (const scope of construct.node.scopes.toReversed()) {
    const found = facts.get(scope);
    if (found) return found;
  }
  throw new Error(
    `${construct.node.path} is in no cluster: make it below a Cluster, or call Cluster.attach(app, name, facts) on the cdk8s App first`,
  );
}

/** Whether pods of this cluster may mount images as volumes: beta and on by default since 1.35, stable since 1.36 (KEP-4639). */
export function hasImageVolumes(cluster: ClusterFacts): boolean {
  return cluster.images.volumes ?? Number(cluster.kubernetes.slice(2)) >= 35;
}

/** The image that this cluster runs for `image`: pinned, then mirrored. */
export function clusterImage(cluster: ClusterFacts, image: Image): Image {
  const pinned = image.digest ?? cluster.images.pins?.[`${image.repository}:${image.tag ?? ''}`];
  const mirrors = Object.entries(cluster.images.mirrors ?? {}).sort(([a], [b]) => b.length - a.length);
  const mirror = mirrors.find(([prefix]) => image.repository === prefix || image.repository.startsWith(`${prefix}/`));
  const repository = mirror ? mirror[1] + image.repository.slice(mirror[0].length) : image.repository;
  if (image.signer) useSigner(cluster, repository, image.signer);
  return { ...image, repository, ...(pinned === undefined ? {} : { digest: pinned }) };
}
