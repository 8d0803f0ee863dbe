import { describe, expect, test } from 'vitest';
import { Cluster } from '../cluster.ts';
import { existing } from '../secrets/existing-secrets.ts';
import { plain, problemsOf } from '../testing/cluster.ts';
import type { PlacedApp } from './engine.ts';
import { type FluxOptions, flux } from './flux.ts';
import type { OciSource } from './flux-source.ts';

const repository = { url: 'https://git.example.test/repository.git' };
/** A folder with one object of each kind (`apiVersion/Kind`). */
const holding = (name: string, ...kinds: readonly string[]): PlacedApp => ({
  name,
  objects: kinds.map((each) => {
    const slash = each.lastIndexOf('/');
    return { apiVersion: each.slice(0, slash), kind: each.slice(slash + 1), name: 'any', namespace: 'demo' };
  }),
});
const apps = [
  holding('cluster', 'v1/Namespace', 'networking.k8s.io/v1/NetworkPolicy'),
  holding('claw', 'cilium.io/v2/CiliumNetworkPolicy', 'v1/Secret'),
  holding('web', 'cilium.io/v2/CiliumNetworkPolicy', 'gateway.networking.k8s.io/v1/HTTPRoute'),
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

const objects = (options: FluxOptions = { repository }) =>
  flux(options)
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

test.each([
  ['bitnami.com/v1alpha1', 'SealedSecret', 'Synced'],
  ['external-secrets.io/v1', 'ExternalSecret', 'Ready'],
])(
  'an object of %s %s is healthy when its condition %s is true, and failed when it is false',
  (apiVersion, kind, type) => {
    const [, , , claw] = flux({ repository })
      .objects('lab', [holding('cluster'), holding('claw', `${apiVersion}/${kind}`)])
      .map(({ props }) => props);
    const condition = (status: string) =>
      `has(status.conditions) && status.conditions.exists(c, c.type == '${type}' && c.status == '${status}')`;
    expect(claw).toEqual(
      kustomization('claw', {
        dependsOn: [{ name: 'chitin-cluster' }],
        healthCheckExprs: [{ apiVersion, kind, current: condition('True'), failed: condition('False') }],
      }),
    );
  },
);

describe('from a registry', () => {
  const url = 'oci://registry.example.test/manifests/lab';
  const digest = `sha256:${'0'.repeat(64)}` as const;
  const from = (oci: OciSource) => objects({ oci })[0];
  const source = (spec: object) => ({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata: { name: 'chitin', namespace: 'flux-system', labels },
    spec: { interval: '10m', url, ...spec },
  });

  test("the artifact holds the cluster's folder, so paths begin there", () => {
    const fromArtifact = (name: string, spec: object) =>
      kustomization(name, { sourceRef: { kind: 'OCIRepository', name: 'chitin' }, path: `./${name}`, ...spec });
    expect(objects({ oci: { url, tag: 'main' } })).toEqual([
      source({ ref: { tag: 'main' } }),
      fromArtifact('gitops', { wait: false }),
      fromArtifact('cluster', {}),
      fromArtifact('claw', { dependsOn: [{ name: 'chitin-cluster' }] }),
      fromArtifact('web', { dependsOn: [{ name: 'chitin-cluster' }], healthCheckExprs: [routeHealth] }),
    ]);
  });

  test('by version range or digest, with credentials', () => {
    expect(from({ url, semver: '1.x', secret: 'registry' })).toEqual(
      source({ ref: { semver: '1.x' }, secretRef: { name: 'registry' } }),
    );
    expect(from({ url, digest })).toEqual(source({ ref: { digest } }));
  });

  test('signed with a key of ours', () => {
    expect(from({ url, tag: 'main', verify: { provider: 'cosign', secret: 'cosign-keys' } })).toEqual(
      source({ ref: { tag: 'main' }, verify: { provider: 'cosign', secretRef: { name: 'cosign-keys' } } }),
    );
  });

  test('signed by an identity: the patterns match it alone', () => {
    const issuer = 'https://issuer.example.test';
    const subject = 'https://git.example.test/lab/push.yaml@refs/heads/main';
    const [object] = objects({
      oci: { url, tag: 'main', verify: { provider: 'cosign', identities: [{ issuer, subject }] } },
    });
    const patterns = {
      issuer: '^https://issuer\\.example\\.test$',
      subject: '^https://git\\.example\\.test/lab/push\\.yaml@refs/heads/main$',
    };
    expect(object).toEqual(
      source({ ref: { tag: 'main' }, verify: { provider: 'cosign', matchOIDCIdentity: [patterns] } }),
    );
    expect(subject).toMatch(new RegExp(patterns.subject));
    expect(`https://evil.example.test/?${subject}`).not.toMatch(new RegExp(patterns.subject));
    expect(subject.replace('push.yaml', 'pushXyaml')).not.toMatch(new RegExp(patterns.subject));
  });

  const notAUrl =
    'flux(): `oci.url` is not oci://<registry>/<repository>; a tag or digest goes into `oci.tag` or `oci.digest`';
  test.each([
    [{ url: 'https://registry.example.test/lab', tag: 'main' }, notAUrl],
    [{ url: 'oci://registry.example.test', tag: 'main' }, notAUrl],
    [{ url: `${url}:main`, tag: 'main' }, notAUrl],
    [{ url: `${url}@${digest}`, digest }, notAUrl],
    [
      { url: 'oci://somebody:not-a-password@registry.example.test/lab', tag: 'main' },
      'flux(): `oci.url` holds credentials, and dist would show them. Put them into the Secret `oci.secret`.',
    ],
    [{ url }, 'flux(): `oci` needs one of `tag`, `semver` and `digest`'],
    [{ url, tag: 'main', digest }, 'flux(): `oci` needs one of `tag`, `semver` and `digest`'],
    [{ url, digest: 'sha256:abc' }, 'flux(): `oci.digest` is not sha256: and 64 hexadecimal digits'],
  ])('%j is refused without repeating it', (oci, message) => {
    expect(() => flux({ oci: oci as OciSource })).toThrow(new Error(message));
  });
});

test('one source, neither two nor none', () => {
  const both = { repository, oci: { url: 'oci://registry.example.test/lab', tag: 'main' } };
  expect(() => flux(both as unknown as FluxOptions)).toThrow(
    new Error('flux(): both `repository` and `oci` are given, and Flux reads `dist` from one'),
  );
  expect(() => flux({} as FluxOptions)).toThrow(
    new Error('flux(): neither `repository` nor `oci` is given, so Flux has nowhere to read `dist` from'),
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

test('secrets that Flux has to decrypt, and no key', () => {
  const props = { ...plain, gitops: flux({ repository, namespace: 'gitops-system' }) };
  const problem = {
    message: 'cluster test: flux() has no `decryptWith`, and sops() leaves decrypting to it',
    why: 'Flux applies no app that holds an encrypted Secret, unless it is told what opens it.',
    help: "Name the Secret in gitops-system with the age key: `flux({ …, decryptWith: 'sops-age' })`.",
  };
  expect(problemsOf(new Cluster('test', { ...props, apps: () => {} }))).toEqual([problem]);
  const opened = { ...props, secrets: existing(), apps: () => {} };
  expect(problemsOf(new Cluster('test', opened))).toEqual([]);
  expect(problemsOf(new Cluster('test', { ...plain, apps: () => {} }))).toEqual([]);
});
