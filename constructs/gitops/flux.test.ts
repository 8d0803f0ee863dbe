import { expect, test } from 'vitest';
import { type FluxOptions, flux } from './flux.ts';

const repository = { url: 'https://git.example.test/repository.git' };
const apps = [
  { name: 'cluster', kinds: ['v1/Namespace', 'networking.k8s.io/v1/NetworkPolicy'] },
  { name: 'claw', kinds: ['cilium.io/v2/CiliumNetworkPolicy', 'v1/Secret'] },
  {
    name: 'web',
    kinds: ['cilium.io/v2/CiliumNetworkPolicy', 'gateway.networking.k8s.io/v1/HTTPRoute'],
  },
];

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
  metadata: { name: `chitin-${name}`, namespace, labels },
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

const objects = (options: Partial<FluxOptions> = {}) =>
  flux({ repository, ...options })
    .objects('lab', apps)
    .map(({ props }) => props);

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
    kustomization('claw', { dependsOn: [{ name: 'chitin-cluster' }] }),
    kustomization('web', { dependsOn: [{ name: 'chitin-cluster' }], healthCheckExprs: [routeHealth] }),
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
    own('claw', { dependsOn: [{ name: 'chitin-cluster' }, ...after], decryption }),
    own('web', {
      dependsOn: [{ name: 'chitin-cluster' }, ...after],
      decryption,
      healthCheckExprs: [routeHealth],
    }),
  ]);
});

test('a SealedSecret is ready when the controller opened it, and failed when it could not', () => {
  const kinds = ['bitnami.com/v1alpha1/SealedSecret'];
  const [, , , claw] = flux({ repository })
    .objects('lab', [
      { name: 'cluster', kinds: [] },
      { name: 'claw', kinds },
    ])
    .map(({ props }) => props);
  const synced = (status: string) =>
    `has(status.conditions) && status.conditions.exists(c, c.type == 'Synced' && c.status == '${status}')`;
  expect(claw).toEqual(
    kustomization('claw', {
      dependsOn: [{ name: 'chitin-cluster' }],
      healthCheckExprs: [
        { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', current: synced('True'), failed: synced('False') },
      ],
    }),
  );
});

test('annotations of objects that have to survive, and of text that is not ours', () => {
  const { annotations } = flux({ repository });
  expect(annotations('protected')).toEqual({ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' });
  expect(annotations('verbatim')).toEqual({ 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' });
});

test.each([
  ['git@git.example.test:r.git', 'flux(): `repository.url` is not an https:// or ssh:// URL'],
  [
    'https://somebody:not-a-password@git.example.test/r.git',
    'flux(): `repository.url` holds credentials, and dist would show them. Put them into the Secret `repository.secret`.',
  ],
])('%s is refused without repeating it', (url, message) => {
  expect(() => flux({ repository: { url } })).toThrow(new Error(message));
});
