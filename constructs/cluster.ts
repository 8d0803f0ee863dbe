import { dirname, resolve } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { AgentApp } from './agent/app.ts';
import { deriveBelow, deriveLater } from './derive.ts';
import { declareExisting, type ExistingObject } from './existing.ts';
import {
  type CaBundle,
  type ClusterFacts,
  factsOf,
  type Gateway,
  type ImageRules,
  type Minor,
  setFacts,
} from './facts.ts';
import type { GitOpsEngine, PlacedObject } from './gitops/engine.ts';
import { keys } from './manifest.ts';
import { appReasons, makeNamespace } from './namespace.ts';
import type { NetworkEngine } from './network/engine.ts';
import type { Cidr, Peer } from './network/flow.ts';
import { peerProblems } from './network/flow-problems.ts';
import { callerSource, nameRoot, recordSource } from './origin.ts';
import type { PodSecurityLevel } from './pod-security.ts';
import type { AdmissionPolicy } from './policy/admission-policy.ts';
import type { ImageVerification } from './policy/image-verification.ts';
import { admissionPolicies } from './policy/index.ts';
import { makePolicy, policyProblems } from './policy/objects.ts';
import { verifyImages } from './policy/verify-images.ts';
import { accept, type Problem, report } from './problem.ts';
import { recordReasons } from './reason.ts';
import type { SecretBackend } from './secrets/backend.ts';
import { usedSecrets } from './secrets/registry.ts';
import { folderStore } from './secrets/store.ts';

/** What a cluster is. */
export interface ClusterProps {
  readonly kubernetes: Minor;
  /** Domain of exposed agents: `expose('claw')` becomes `claw.<domain>`. */
  readonly domain: string;
  /** The program that applies `dist/<cluster>`. */
  readonly gitops: GitOpsEngine;
  /** How values of secrets get into the cluster. */
  readonly secrets: SecretBackend;
  /** What enforces the fences. */
  readonly network: NetworkEngine;
  /** The gateway that carries routes. @default none: nothing can be exposed */
  readonly gateway?: Gateway;
  /** StorageClass of state volumes. @default the cluster's default class */
  readonly storageClass?: string;
  /** Mirrors, pull secrets and pins. @default images as they are written */
  readonly images?: ImageRules;
  /** Certificate authorities for every container. @default those of each image */
  readonly caBundle?: CaBundle;
  /** Domain of Services. @default 'cluster.local' */
  readonly serviceDomain?: string;
  /** Where pods ask for names. @default the pods `k8s-app=kube-dns` in `kube-system` */
  readonly dns?: readonly Peer[];
  /** Addresses of the API server, for engines that cannot name it; its port. @default port 6443 */
  readonly apiServer?: { readonly cidrs: readonly Cidr[]; readonly port: number };
  /** Folder with the skills, relative to the cluster's own. @default '../../skills' */
  readonly skills?: string;
  /** The cluster's own folder, where `secrets/` is. @default the folder of the file that calls this */
  readonly directory?: string;
  /** Objects that apps refer to and that something else makes. */
  readonly existing?: readonly ExistingObject[];
  /** What the API server demands of every pod in the namespaces of the apps. @default all of `admissionPolicies` */
  readonly policies?: readonly AdmissionPolicy[];
  /** What verifies the signatures of images, and that nothing else runs. @default nothing */
  readonly imageVerification?: ImageVerification;
}

/** cdk8s's App without its static side, whose `of` answers another question than ours. */
const Root: new () => App = App;

/** A cluster and the apps on it: the root that `synth` renders into `dist/<name>`. */
export class Cluster extends Root {
  readonly name: string;
  private readonly policies: readonly AdmissionPolicy[];
  private readonly imageVerification: ImageVerification | undefined;

  /**
   * @param name a DNS label: the folder below `clusters/` and `dist/`
   * @param props.apps makes the apps
   */
  constructor(name: string, props: ClusterProps & { readonly apps: (cluster: Cluster) => void }) {
    super();
    this.name = name;
    this.policies = props.policies ?? admissionPolicies;
    this.imageVerification = props.imageVerification;
    recordSource(this);
    setUp(this, name, props);
    deriveLater(this, () => this.derive());
    props.apps(this);
  }

  /** The facts of the cluster that a construct is in. */
  static of(construct: IConstruct): ClusterFacts {
    return factsOf(construct);
  }

  /** Gives a cdk8s App of another repository a cluster, so that agents can be made in it. Namespaces, policies and GitOps objects stay its own. */
  static attach(app: App, name: string, props: ClusterProps): void {
    setUp(app, name, props);
  }

  /** Silences a finding's rule for the whole cluster, with the reason for reviewers. */
  accept(rule: string, options: { readonly because: string }): void {
    accept(this, rule, options);
  }

  private derive(): void {
    deriveBelow(this);
    const apps = this.node.children.filter((child): child is Chart => Chart.isChart(child));
    const facts = factsOf(this);
    const owned = new Chart(this, 'cluster');
    for (const [namespace, level] of this.namespaces(apps)) makeNamespace(owned, namespace, level, apps);
    this.makeShared(owned, facts, apps);
    const verification = this.imageVerification;
    const policies = [...this.policies, ...(verification ? [verifyImages(owned, apps, verification)] : [])];
    report(this, ...policyProblems(policies));
    for (const policy of new Map(policies.map((each) => [each.name, each])).values()) makePolicy(owned, policy);
    if (facts.gitops.order) for (const app of apps) inOrder(app, facts.gitops.order);
    const placed = [owned, ...apps]
      .map((chart) => ({ name: chart.node.id, objects: objectsOf(chart).map(placedObject) }))
      .filter(({ name, objects }) => name === 'cluster' || objects.length > 0);
    const objects = facts.gitops.objects(this.name, placed);
    const namespace = objects[0]?.props.metadata?.namespace;
    const gitops = new Chart(this, 'gitops', namespace === undefined ? {} : { namespace });
    for (const { props, reasons } of objects) {
      recordReasons(new ApiObject(gitops, `${props.kind}-${props.metadata?.name}`, props), reasons);
    }
    report(this, ...secretProblems(facts, usedSecrets(this)));
  }

  private makeShared(owned: Chart, { secrets }: ClusterFacts, apps: readonly Chart[]): void {
    const { objects, problems } = secrets.shared?.(usedSecrets(this)) ?? { objects: [], problems: [] };
    report(this, ...problems);
    for (const { props, namespaces, purpose } of objects) {
      const { name, namespace } = props.metadata ?? {};
      const made = new ApiObject(owned, [props.kind, namespace, name].filter(Boolean).join('-'), {
        ...props,
        metadata: { ...props.metadata, labels: { [keys.managedBy]: 'chitin' } },
      });
      recordReasons(made, () => ({ purpose, parts: namespaces.flatMap((each) => appReasons(apps, each)) }));
    }
  }

  private namespaces(apps: readonly Chart[]): Map<string, PodSecurityLevel> {
    const levels = new Map<string, PodSecurityLevel>();
    for (const app of apps) {
      if (app.namespace === undefined) continue;
      if (systemNamespaces.has(app.namespace)) {
        report(app, {
          message: `namespace ${app.namespace} belongs to the cluster`,
          why: 'The cluster folder would put a default deny and a Pod Security level on it.',
          help: 'Give the app a namespace of its own.',
        });
        continue;
      }
      const level = 'podSecurity' in app ? (app as AgentApp<PodSecurityLevel>).podSecurity : 'restricted';
      const known = levels.get(app.namespace);
      if (known !== undefined && known !== level) {
        report(this, {
          message: `namespace ${app.namespace}: apps ask for Pod Security levels ${known} and ${level}`,
          why: 'A namespace has one level.',
          help: 'Give them one level, or put the apps into namespaces of their own.',
        });
      }
      levels.set(app.namespace, level);
    }
    return levels;
  }
}

/** Namespaces that are not ours to fence. */
const systemNamespaces: ReadonlySet<string> = new Set([
  'default',
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'flux-system',
  'argocd',
]);

function setUp(root: App, name: string, props: ClusterProps): void {
  nameRoot(root, name);
  const directory = props.directory ?? dirname(callerSource()?.file ?? '.');
  setFacts(root, {
    name,
    kubernetes: props.kubernetes,
    domain: props.domain,
    serviceDomain: props.serviceDomain ?? 'cluster.local',
    dns: props.dns ?? [{ kind: 'pods', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } }],
    apiServer: props.apiServer,
    gateway: props.gateway,
    storageClass: props.storageClass,
    images: props.images ?? {},
    caBundle: props.caBundle,
    network: props.network,
    secrets: props.secrets,
    gitops: props.gitops,
    ciphertext: folderStore(directory),
    verbatim: root instanceof Cluster,
    skills: resolve(directory, props.skills ?? '../../skills'),
  });
  report(root, ...(props.gitops.problems?.(factsOf(root)) ?? []));
  for (const object of props.existing ?? []) declareExisting(root, object);
  const gateway = props.gateway?.peers;
  for (const peer of Array.isArray(gateway) ? gateway : [])
    report(root, ...peerProblems(peer, `cluster ${name}: gateway`));
  for (const peer of props.dns ?? []) report(root, ...peerProblems(peer, `cluster ${name}: dns`));
}

function objectsOf(chart: Chart): ApiObject[] {
  return chart.node.findAll().filter((child): child is ApiObject => ApiObject.isApiObject(child));
}

/** Annotates what has to be applied before the rest of its app. */
function inOrder(app: Chart, order: NonNullable<GitOpsEngine['order']>): void {
  for (const object of objectsOf(app)) {
    const annotations = Object.entries(order(placedObject(object)));
    for (const [key, value] of annotations) object.metadata.addAnnotation(key, value);
  }
}

function placedObject({ apiVersion, kind, name, metadata: { namespace } }: ApiObject): PlacedObject {
  return { apiVersion, kind, name, namespace };
}

function secretProblems({ ciphertext }: ClusterFacts, used: ReadonlySet<string>): Problem[] {
  const unneeded = ciphertext.list().filter(({ namespace, name }) => !used.has(`${namespace}/${name}`));
  return [
    ...unneeded.map(({ namespace, name }) => ({
      message: `${ciphertext.path(namespace, name)}: no app needs this Secret`,
      help: 'Remove the file, or correct its name.',
    })),
    ...ciphertext.strays().map((path) => ({
      message: `${path}: not of the form <namespace>/<name>.yaml`,
      why: 'Nothing reads it, so nothing would notice if it were not encrypted.',
      help: 'Move it away.',
    })),
  ];
}
