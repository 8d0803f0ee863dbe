import { expect, test } from 'vitest';
import { type FluxOptions, flux } from './flux.ts';

const repository = { url: 'https://git.example.test/repository.git' };
const apps = [
  { name: 'cluster', namespace: '', kinds: ['v1/Namespace', 'networking.k8s.io/v1/NetworkPolicy'] },
  { name: 'claw', namespace: 'zeroclaw', kinds: ['cilium.io/v2/CiliumNetworkPolicy', 'v1/Secret'] },
  {
    name: 'web',
    namespace: 'web',
    kinds: ['cilium.io/v2/CiliumNetworkPolicy', 'gateway.networking.k8s.io/v1/HTTPRoute'],
  },
];

const policyHealth = {
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumNetworkPolicy',
  current: "!has(status.conditions) || !status.conditions.exists(c, c.type == 'Valid' && c.status == 'False')",
  failed: "has(status.conditions) && status.conditions.exists(c, c.type == 'Valid' && c.status == 'False')",
};
const routeHealth = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  current:
    "has(status.parents) && size(status.parents) > 0 && status.parents.all(p, p.conditions.exists(c, c.type == 'Accepted' && c.status == 'True'))",
  failed:
    "has(status.parents) && status.parents.exists(p, p.conditions.exists(c, c.type == 'Accepted' && c.status == 'False'))",
};

const labels = { 'app.kubernetes.io/managed-by': 'chitin' };

/** A Kustomization as it is without options. */
const kustomization = (name: string, spec: object, namespace = 'flux-system') => ({
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name, namespace, labels },
  spec: {
    interval: '10m',
    retryInterval: '1m',
    timeout: '5m',
    sourceRef: { kind: 'GitRepository', name: 'chitin' },
    path: `./dist/lab/${name}`,
    prune: true,
    wait: true,
    ...spec,
  },
});

/** The objects as they are written: fields that are undefined are left out. */
const objects = (options: Omit<FluxOptions, 'repository'> & Partial<FluxOptions> = {}) =>
  JSON.parse(JSON.stringify(flux({ repository, ...options }).objects('lab', apps)));

test('two apps, with nothing that was not asked for', () => {
  expect(objects()).toEqual([
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'chitin', namespace: 'flux-system', labels },
      spec: { interval: '10m', url: repository.url, ref: { branch: 'main' } },
    },
    kustomization('gitops', { wait: false }),
    kustomization('cluster', {}),
    kustomization('claw', { dependsOn: [{ name: 'cluster' }], healthCheckExprs: [policyHealth] }),
    kustomization('web', { dependsOn: [{ name: 'cluster' }], healthCheckExprs: [routeHealth, policyHealth] }),
  ]);
});

test('two apps, with everything', () => {
  const options = {
    repository: { ...repository, branch: 'production', secret: 'git' },
    decryptWith: 'sops-age',
    after: ['infrastructure', 'gateway'],
    namespace: 'gitops-system',
    interval: '1h',
    timeout: '20m',
  };
  const after = [{ name: 'infrastructure' }, { name: 'gateway' }];
  const decryption = { provider: 'sops', secretRef: { name: 'sops-age' } };
  const times = { interval: '1h', timeout: '20m' };
  const own = (name: string, spec: object) => kustomization(name, { ...times, ...spec }, 'gitops-system');
  expect(objects(options)).toEqual([
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'chitin', namespace: 'gitops-system', labels },
      spec: { interval: '1h', url: repository.url, ref: { branch: 'production' }, secretRef: { name: 'git' } },
    },
    own('gitops', { wait: false }),
    // What the cluster owns holds no Secret, and comes before everything that does.
    own('cluster', { dependsOn: after }),
    own('claw', { dependsOn: [{ name: 'cluster' }, ...after], decryption, healthCheckExprs: [policyHealth] }),
    own('web', {
      dependsOn: [{ name: 'cluster' }, ...after],
      decryption,
      healthCheckExprs: [routeHealth, policyHealth],
    }),
  ]);
});

test('annotations of objects that have to survive, and of text that is not ours', () => {
  const { annotations } = flux({ repository });
  expect(annotations('protected')).toEqual({ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' });
  expect(annotations('verbatim')).toEqual({ 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' });
});
