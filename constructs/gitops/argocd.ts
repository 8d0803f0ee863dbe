import type { ApiObjectProps } from 'cdk8s';
import type { ClusterFacts } from '../facts.ts';
import { keys } from '../manifest.ts';
import type { Problem } from '../problem.ts';
import { type AppProjectLimits, appLimits, clusterLimits, gitopsLimits } from './argocd-limits.ts';
import type { GitOpsEngine, GitOpsObject, PlacedApp } from './engine.ts';
import { checkGitUrl } from './git-url.ts';

/** Options of `argocd()`. */
export interface ArgoCdOptions {
  /**
   * The repository that holds `dist`. Its credentials are a Secret that Argo CD finds by the URL (label
   * `argocd.argoproj.io/secret-type: repository`), so that no object here names it.
   */
  readonly repository: {
    /** `https://…` or `ssh://…`. */
    readonly url: string;
    /** @default 'main' */
    readonly branch?: string;
  };
  /** Where Argo CD runs, and these objects live. @default 'argocd' */
  readonly namespace?: string;
}

const server = 'https://kubernetes.default.svc';
const wave = 'argocd.argoproj.io/sync-wave';
/** What limits pods and rights, before them: kinds of others than Kubernetes itself come last (gitops-engine, `pkg/sync/sync_tasks.go`). */
const guards: ReadonlySet<string> = new Set([
  'CiliumNetworkPolicy',
  'NetworkPolicy',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);
const cascade = 'resources-finalizer.argocd.argoproj.io/foreground';

/**
 * Argo CD 3.5, in the cluster that it applies to: for these objects themselves, for what the cluster owns and for each app
 * an Application, and an AppProject that permits it its own namespaces and kinds alone.
 *
 * It has to track objects by annotation, its default since 3.0 (`application.resourceTrackingMethod`,
 * `util/settings/settings.go`): `label` would write its own value into `app.kubernetes.io/instance`.
 *
 * Waves order Applications only where Argo CD waits for their health, which it does not by default
 * (`resource.customizations.health.argoproj.io_Application` in `argocd-cm`, docs/clusters.md). Without it the sync of an app
 * whose namespace is not there yet fails, and is tried again after 5 seconds, then less often: every 3 minutes, for ever.
 *
 * There is no `PruneLast`: it would keep rights that left Git until new pods are healthy (docs/decisions/0009).
 *
 * @throws when the URL is none or shows credentials
 */
export function argocd(options: ArgoCdOptions): GitOpsEngine {
  checkGitUrl('argocd()', options.repository.url, "Argo CD's own Secret for this repository");
  return {
    annotations: (role) =>
      role === 'protected'
        ? {
            'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
            // What was left behind on purpose must not make its Application differ from Git for ever.
            'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
          }
        : {},
    order: ({ kind }) => (guards.has(kind) ? { [wave]: '-1' } : {}),
    objects: (cluster, apps) => objects(options, cluster, apps),
    problems,
  };
}

function problems({ name, secrets }: ClusterFacts): Problem[] {
  if (!secrets.decryptedByEngine) return [];
  return [
    {
      message: `cluster ${name}: argocd() cannot open the secrets of ${secrets.name}()`,
      why: 'Argo CD applies what Git holds. A plugin that decrypts would keep the key in its repo-server, and the values in its cache.',
      help: 'Use sealedSecrets(), externalSecrets() or existing(), or apply with flux(), which decrypts.',
    },
  ];
}

function objects(options: ArgoCdOptions, cluster: string, apps: readonly PlacedApp[]): GitOpsObject[] {
  const namespace = options.namespace ?? 'argocd';
  const { url, branch } = options.repository;
  // With a prefix: Argo CD may have an Application called `cluster` or like the app already.
  const metadata = (folder: string, annotations: Readonly<Record<string, string>>) => ({
    name: `chitin-${folder}`,
    namespace,
    labels: { [keys.managedBy]: 'chitin' },
    annotations,
  });
  const pair = (folder: string, at: number, limits: AppProjectLimits, finalizers?: string[]): GitOpsObject[] => [
    {
      props: {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        // Pruning goes from high waves to low and waits, so a project outlives its Application: what it does not permit is not deleted.
        metadata: metadata(folder, { [wave]: '-1' }),
        spec: {
          description: `What dist/${cluster}/${folder} may hold`,
          sourceRepos: [url],
          destinations: limits.namespaces.map((each) => ({ server, ...each })),
          ...(limits.clusterWide.length > 0 ? { clusterResourceWhitelist: limits.clusterWide } : {}),
          namespaceResourceWhitelist: limits.namespaced,
        },
      } as ApiObjectProps,
      reasons: () => ({ purpose: `limits what dist/${cluster}/${folder} may hold`, parts: limits.reasons }),
    },
    {
      props: {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: {
          ...metadata(folder, { [wave]: `${at}`, 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' }),
          ...(finalizers ? { finalizers } : {}),
        },
        spec: {
          project: `chitin-${folder}`,
          source: {
            repoURL: url,
            targetRevision: branch ?? 'main',
            path: `dist/${cluster}/${folder}`,
            directory: { recurse: true },
          },
          destination: { server, ...limits.namespaces[0] },
          syncPolicy: {
            automated: { prune: true, selfHeal: true },
            syncOptions: ['ServerSideApply=true', 'FailOnSharedResource=true'],
            // A sync that failed is not tried again by itself; with `refresh`, a newer commit takes its place.
            retry: { limit: -1, refresh: true, backoff: { duration: '5s', factor: 2, maxDuration: '3m' } },
          },
        },
      } as ApiObjectProps,
      reasons: () => ({
        purpose: `applies dist/${cluster}/${folder}${folder === 'gitops' ? ', itself with it' : ''}`,
        parts: finalizers
          ? [{ what: `finalizer ${cascade}`, because: 'removing the app removes its objects, but for the protected' }]
          : [],
      }),
    },
  ];
  return [
    // In the last wave, which nothing waits for: it is not in sync before all of them are there, itself among them.
    ...pair('gitops', 1, gitopsLimits(namespace)),
    ...apps.flatMap((app) =>
      // Losing the Application of the cluster, or of these objects, must take nothing away.
      app.name === 'cluster' ? pair(app.name, 0, clusterLimits(app)) : pair(app.name, 1, appLimits(app), [cascade]),
    ),
  ];
}
