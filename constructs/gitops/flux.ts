import type { IKustomization } from '@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization';
import type { ApiObjectProps } from 'cdk8s';
import type { ClusterFacts } from '../facts.ts';
import { keys, type Loose } from '../manifest.ts';
import type { Problem } from '../problem.ts';
import type { GitOpsEngine, GitOpsObject, PlacedApp } from './engine.ts';
import { healthExpressions } from './flux-health.ts';
import { checkSource, type FluxSource, fetched } from './flux-source.ts';

/** Options of `flux()`: where `dist` is, and how it is applied. */
export type FluxOptions = FluxSource & {
  /** Secret in `namespace` with the age key that opens SOPS files; a cluster with `sops()` needs it. @default none */
  readonly decryptWith?: string;
  /** Kustomizations of the same namespace that have to be ready first. */
  readonly after?: readonly string[];
  /** Where the objects live. @default 'flux-system' */
  readonly namespace?: string;
  /** @default '10m' */
  readonly interval?: string;
  /** How long an app may take to become healthy; less than `interval`. @default '5m' */
  readonly timeout?: string;
};

/**
 * Flux 2.9: a GitRepository or OCIRepository, a Kustomization for these objects themselves, one for what the cluster owns, and one per app.
 *
 * @throws when there is not exactly one source, and when a URL is none or shows credentials
 */
export function flux(options: FluxOptions): GitOpsEngine {
  checkSource(options);
  return {
    annotations: (role) =>
      role === 'protected'
        ? { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }
        : { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' },
    objects: (cluster, apps) => objects(options, cluster, apps),
    problems: (facts) => problems(options, facts),
  };
}

/** kustomize-controller 1.9, internal/controller/kustomization_controller.go: an app with such a Secret is not applied at all. */
function problems({ decryptWith, namespace = 'flux-system' }: FluxOptions, { name, secrets }: ClusterFacts): Problem[] {
  if (!secrets.decryptedByEngine || decryptWith !== undefined) return [];
  return [
    {
      message: `cluster ${name}: flux() has no \`decryptWith\`, and ${secrets.name}() leaves decrypting to it`,
      why: 'Flux applies no app that holds an encrypted Secret, unless it is told what opens it.',
      help: `Name the Secret in ${namespace} with the age key: \`flux({ …, decryptWith: 'sops-age' })\`.`,
    },
  ];
}

function objects(options: FluxOptions, cluster: string, apps: readonly PlacedApp[]): GitOpsObject[] {
  const namespace = options.namespace ?? 'flux-system';
  const interval = options.interval ?? '10m';
  const metadata = (name: string) => ({ name, namespace, labels: { [keys.managedBy]: 'chitin' } });
  const source = fetched(options, interval);
  // With a prefix: a repository of its own may have a Kustomization called `cluster` or like the app already.
  const named = (folder: string) => `chitin-${folder}`;
  const kustomization = (folder: string, extra: Partial<Loose<IKustomization>['spec']>): Loose<IKustomization> => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: metadata(named(folder)),
    spec: {
      interval,
      retryInterval: '1m',
      timeout: options.timeout ?? '5m',
      sourceRef: { kind: source.kind, name: 'chitin' },
      path: source.path(cluster, folder),
      prune: true,
      wait: true,
      ...extra,
    },
  });
  const after = (options.after ?? []).map((name) => ({ name }));
  return [
    {
      props: {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: source.kind,
        metadata: metadata('chitin'),
        spec: source.spec,
      } as ApiObjectProps,
      reasons: source.reasons,
    },
    {
      props: kustomization('gitops', { wait: false }) as ApiObjectProps,
      reasons: () => ({ purpose: `applies dist/${cluster}/gitops, itself with it`, parts: [] }),
    },
    ...apps.map(({ name, objects }): GitOpsObject => {
      const owned = name === 'cluster';
      const dependsOn = owned ? after : [{ name: named('cluster') }, ...after];
      const health = healthExpressions(objects.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
      const spec = {
        dependsOn: dependsOn.length > 0 ? dependsOn : undefined,
        decryption:
          owned || options.decryptWith === undefined
            ? undefined
            : { provider: 'sops' as const, secretRef: { name: options.decryptWith } },
        healthCheckExprs: health.length > 0 ? health : undefined,
      };
      return {
        props: kustomization(name, spec) as ApiObjectProps,
        reasons: () => ({
          purpose: `applies dist/${cluster}/${name}`,
          parts: [
            ...(owned ? [] : [{ what: `after ${named('cluster')}`, because: 'namespaces and policies come first' }]),
            ...after.map((each) => ({ what: `after ${each.name}`, because: 'option after of flux()' })),
            ...(spec.decryption
              ? [{ what: `Secret ${spec.decryption.secretRef.name}`, because: 'option decryptWith of flux()' }]
              : []),
            ...health.map(({ kind }) => ({
              what: `health of ${kind}`,
              because: 'Flux would take each for ready at once',
            })),
          ],
        }),
      };
    }),
  ];
}
