import { ApiObject, App, type Chart } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { Cluster } from '../cluster.ts';
import { existing } from '../secrets/existing-secrets.ts';
import { sops } from '../secrets/sops.ts';
import { oneAgent, plain, problemsOf, recipient, rendered } from '../testing/cluster.ts';
import { argocd } from './argocd.ts';
import type { PlacedApp } from './engine.ts';

const url = 'https://git.example.test/repository.git';
const repository = { url };
const labels = { 'app.kubernetes.io/managed-by': 'chitin' };
const cascade = 'resources-finalizer.argocd.argoproj.io/foreground';
const server = 'https://kubernetes.default.svc';

const apps: readonly PlacedApp[] = [
  {
    name: 'cluster',
    objects: [
      { apiVersion: 'v1', kind: 'Namespace', name: 'demo' },
      { apiVersion: 'v1', kind: 'Namespace', name: 'web' },
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name: 'default-deny', namespace: 'demo' },
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name: 'default-deny', namespace: 'web' },
      { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', name: 'chitin-volume-kinds' },
    ],
  },
  { name: 'claw', objects: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'claw', namespace: 'demo' }] },
];

const appProject = (name: string, spec: object, namespace = 'argocd') => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: {
    name: `chitin-${name}`,
    namespace,
    labels,
    annotations: { 'argocd.argoproj.io/sync-wave': '-1' },
  },
  spec: { description: `What dist/lab/${name} may hold`, sourceRepos: [url], ...spec },
});

const application = (
  name: string,
  wave: string,
  destination: string,
  more: { finalizers?: string[]; branch?: string; namespace?: string } = {},
) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: {
    name: `chitin-${name}`,
    namespace: more.namespace ?? 'argocd',
    labels,
    annotations: {
      'argocd.argoproj.io/sync-wave': wave,
      'argocd.argoproj.io/compare-options': 'ServerSideDiff=true',
    },
    ...(more.finalizers ? { finalizers: more.finalizers } : {}),
  },
  spec: {
    project: `chitin-${name}`,
    source: {
      repoURL: url,
      targetRevision: more.branch ?? 'main',
      path: `dist/lab/${name}`,
      directory: { recurse: true },
    },
    destination: { server, namespace: destination },
    syncPolicy: {
      automated: { prune: true, selfHeal: true },
      syncOptions: ['ServerSideApply=true', 'FailOnSharedResource=true'],
      retry: { limit: -1, refresh: true, backoff: { duration: '5s', factor: 2, maxDuration: '3m' } },
    },
  },
});

const inNamespace = [
  { group: '', kind: 'ConfigMap' },
  { group: '', kind: 'PersistentVolumeClaim' },
  { group: '', kind: 'Secret' },
  { group: '', kind: 'Service' },
  { group: '', kind: 'ServiceAccount' },
  { group: 'apps', kind: 'Deployment' },
  { group: 'apps', kind: 'StatefulSet' },
  { group: 'bitnami.com', kind: 'SealedSecret' },
  { group: 'cilium.io', kind: 'CiliumNetworkPolicy' },
  { group: 'external-secrets.io', kind: 'ExternalSecret' },
  { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
  { group: 'monitoring.coreos.com', kind: 'AlertmanagerConfig' },
  { group: 'networking.k8s.io', kind: 'NetworkPolicy' },
  { group: 'policy', kind: 'PodDisruptionBudget' },
  { group: 'rbac.authorization.k8s.io', kind: 'Role' },
  { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding' },
];

const objects = (options: Parameters<typeof argocd>[0] = { repository }) =>
  argocd(options)
    .objects('lab', apps)
    .map(({ props }) => props);

test('an Application and its limits for the objects themselves, for the cluster and for each app', () => {
  expect(objects()).toEqual([
    appProject('gitops', {
      destinations: [{ server, namespace: 'argocd' }],
      namespaceResourceWhitelist: [
        { group: 'argoproj.io', kind: 'Application' },
        { group: 'argoproj.io', kind: 'AppProject' },
      ],
    }),
    application('gitops', '1', 'argocd'),
    appProject('cluster', {
      destinations: [
        { server, namespace: 'demo' },
        { server, namespace: 'web' },
      ],
      clusterResourceWhitelist: [
        { group: '', kind: 'Namespace', name: 'demo' },
        { group: '', kind: 'Namespace', name: 'web' },
        { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicy', name: 'chitin-*' },
        { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicyBinding', name: 'chitin-*' },
      ],
      namespaceResourceWhitelist: [{ group: 'networking.k8s.io', kind: 'NetworkPolicy' }],
    }),
    application('cluster', '0', 'demo'),
    appProject('claw', {
      destinations: [{ server, namespace: 'demo' }],
      clusterResourceWhitelist: [
        { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicy', name: 'demo-*' },
        { group: 'admissionregistration.k8s.io', kind: 'ValidatingAdmissionPolicyBinding', name: 'demo-*' },
        { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'demo-*' },
        { group: 'rbac.authorization.k8s.io', kind: 'ClusterRoleBinding', name: 'demo-*' },
      ],
      namespaceResourceWhitelist: inNamespace,
    }),
    application('claw', '1', 'demo', { finalizers: [cascade] }),
  ]);
});

test('another branch, and Argo CD in another namespace', () => {
  const [project, gitops] = objects({ repository: { url, branch: 'production' }, namespace: 'gitops' });
  expect(project?.metadata?.namespace).toBe('gitops');
  expect(gitops).toEqual(application('gitops', '1', 'gitops', { branch: 'production', namespace: 'gitops' }));
});

test('a cluster without apps', () => {
  const [, , project, cluster] = argocd({ repository })
    .objects('lab', [{ name: 'cluster', objects: [] }])
    .map(({ props }) => props);
  expect(project?.spec.destinations).toEqual([{ server }]);
  expect(cluster?.spec.destination).toEqual({ server });
});

describe('in a cluster', () => {
  /** The cluster of one agent, which needs no Secret. */
  const cluster = (more: (app: Chart) => void = () => {}) => {
    const made = oneAgent({}, { gitops: argocd({ repository }), secrets: existing() });
    more(made.app);
    return made.cluster;
  };

  test('what an author adds is permitted, cluster-wide kinds by name', () => {
    const objects = rendered(
      cluster((app) => {
        new ApiObject(app, 'class', {
          apiVersion: 'scheduling.k8s.io/v1',
          kind: 'PriorityClass',
          metadata: { name: 'agents' },
        });
        new ApiObject(app, 'job', {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          metadata: { name: 'job', namespace: 'jobs' },
        });
      }),
    );
    const { spec } = objects['AppProject chitin-app'] ?? {};
    expect(spec.destinations).toEqual([
      { server, namespace: 'demo' },
      { server, namespace: 'jobs' },
    ]);
    expect(spec.clusterResourceWhitelist).toContainEqual({
      group: 'scheduling.k8s.io',
      kind: 'PriorityClass',
      name: 'agents',
    });
    expect(spec.namespaceResourceWhitelist).toContainEqual({ group: 'batch', kind: 'CronJob' });
  });

  test('the project of an app permits each of its objects', () => {
    const all = Object.values(rendered(cluster()));
    const spec = all.find(({ kind, metadata }) => kind === 'AppProject' && metadata.name === 'chitin-app')?.spec;
    const own = all.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === 'app');
    expect(own.length).toBeGreaterThan(4);
    for (const { apiVersion, kind } of own) {
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
      expect(spec.namespaceResourceWhitelist).toContainEqual({ group, kind });
    }
  });

  test('the fence comes before the pods; Argo CD would put kinds that it does not know last', () => {
    const waves = Object.entries(rendered(cluster())).flatMap(([name, { apiVersion, metadata }]) =>
      apiVersion.startsWith('argoproj.io/') ? [] : [[name, metadata.annotations?.['argocd.argoproj.io/sync-wave']]],
    );
    expect(waves.filter(([, wave]) => wave !== undefined)).toEqual([['CiliumNetworkPolicy agent', '-1']]);
  });

  test('what has to survive is neither pruned, nor deleted with its Application, nor a difference', () => {
    const { annotations } = rendered(cluster())['Namespace demo']?.metadata ?? {};
    expect(annotations).toEqual({
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
    });
    expect(argocd({ repository }).annotations('verbatim')).toEqual({});
  });
});

test('secrets that Argo CD would have to decrypt are a problem, of an attached app too', () => {
  const props = { ...plain, gitops: argocd({ repository }), secrets: sops({ recipients: [recipient] }) };
  const problem = {
    message: 'cluster test: argocd() cannot open the secrets of sops()',
    why: 'Argo CD applies what Git holds. A plugin that decrypts would keep the key in its repo-server, and the values in its cache.',
    help: 'Use sealedSecrets(), externalSecrets() or existing(), or apply with flux(), which decrypts.',
  };
  expect(problemsOf(new Cluster('test', { ...props, apps: () => {} }))).toEqual([problem]);
  const app = new App();
  Cluster.attach(app, 'test', props);
  expect(problemsOf(app)).toEqual([problem]);
});

test.each([
  ['git@git.example.test:r.git', 'argocd(): `repository.url` is not an https:// or ssh:// URL'],
  [
    'https://somebody:not-a-password@git.example.test/r.git',
    "argocd(): `repository.url` holds credentials, and dist would show them. Put them into Argo CD's own Secret for this repository.",
  ],
])('%s is refused without repeating it', (refused, message) => {
  expect(() => argocd({ repository: { url: refused } })).toThrow(new Error(message));
});
