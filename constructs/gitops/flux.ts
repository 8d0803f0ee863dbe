import type { IKustomization } from '@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization';
import type { IGitRepository } from '@kubernetes-models/flux-cd/source.toolkit.fluxcd.io/v1/GitRepository';
import type { ApiObjectProps } from 'cdk8s';
import { keys, type Loose } from '../manifest.ts';
import type { GitOpsEngine, GitOpsObject, PlacedApp } from './engine.ts';
import { healthExpressions } from './flux-health.ts';

/** Options of `flux()`. */
export interface FluxOptions {
  /** The repository that holds `dist`. */
  readonly repository: {
    /** `https://…` or `ssh://…`. */
    readonly url: string;
    /** @default 'main' */
    readonly branch?: string;
    /** Secret in `namespace` with the credentials. @default none, for a public repository */
    readonly secret?: string;
  };
  /** Secret in `namespace` with the age key that opens SOPS files. @default none */
  readonly decryptWith?: string;
  /** Kustomizations of the same namespace that have to be ready first. */
  readonly after?: readonly string[];
  /** Where the objects live. @default 'flux-system' */
  readonly namespace?: string;
  /** @default '10m' */
  readonly interval?: string;
  /** How long an app may take to become healthy; less than `interval`. @default '5m' */
  readonly timeout?: string;
}

/** Flux 2.9: a GitRepository, a Kustomization for these objects themselves, one for what the cluster owns, and one per app. */
export function flux(options: FluxOptions): GitOpsEngine {
  const url = URL.parse(options.repository.url);
  if (!url || !['https:', 'ssh:', 'http:'].includes(url.protocol)) {
    throw new Error('flux(): `repository.url` is not an https:// or ssh:// URL');
  }
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) {
    throw new Error(
      'flux(): `repository.url` holds credentials, and dist would show them. Put them into the Secret `repository.secret`.',
    );
  }
  return {
    annotations: (role) =>
      role === 'protected'
        ? { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }
        : { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' },
    objects: (cluster, apps) => objects(options, cluster, apps),
  };
}

function objects(options: FluxOptions, cluster: string, apps: readonly PlacedApp[]): GitOpsObject[] {
  const namespace = options.namespace ?? 'flux-system';
  const interval = options.interval ?? '10m';
  const metadata = (name: string) => ({ name, namespace, labels: { [keys.managedBy]: 'chitin' } });
  const { url, branch, secret } = options.repository;
  const source: Loose<IGitRepository> = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: metadata('chitin'),
    spec: {
      interval,
      url,
      ref: { branch: branch ?? 'main' },
      secretRef: secret === undefined ? undefined : { name: secret },
    },
  };
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
      sourceRef: { kind: 'GitRepository', name: 'chitin' },
      path: `./dist/${cluster}/${folder}`,
      prune: true,
      wait: true,
      ...extra,
    },
  });
  const after = (options.after ?? []).map((name) => ({ name }));
  return [
    {
      props: source as ApiObjectProps,
      reasons: () => ({
        purpose: 'the repository that Flux reads',
        parts:
          secret === undefined ? [] : [{ what: `Secret ${secret}`, because: 'option repository.secret of flux()' }],
      }),
    },
    {
      props: kustomization('gitops', { wait: false }) as ApiObjectProps,
      reasons: () => ({ purpose: `applies dist/${cluster}/gitops, itself with it`, parts: [] }),
    },
    ...apps.map(({ name, kinds }): GitOpsObject => {
      const owned = name === 'cluster';
      const dependsOn = owned ? after : [{ name: named('cluster') }, ...after];
      const health = healthExpressions(kinds);
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
