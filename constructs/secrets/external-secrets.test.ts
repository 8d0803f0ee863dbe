import { describe, expect, test } from 'vitest';
import { credential } from '../credentials/index.ts';
import { reportedBelow } from '../problem.ts';
import { oneAgent, rendered } from '../testing/cluster.ts';
import { ciphertext, folder } from '../testing/folder.ts';
import { type ExternalSecretsOptions, externalSecrets } from './external-secrets.ts';
import { pullSecret } from './pull-secret.ts';

const store = { kind: 'ClusterSecretStore', name: 'vault' } as const;
const keys = { token: 'token of the service', 'config.json': 'its configuration' };

/** One agent that needs the Secret `agent-token` with two keys, in a cluster with these files. */
function agent(options: ExternalSecretsOptions, files: Readonly<Record<string, string>> = {}) {
  const directory = `${folder(files)}/clusters/test`;
  const credentials = [credential({ name: 'token', files: keys })];
  const { cluster } = oneAgent({ credentials }, { directory, secrets: externalSecrets(options) });
  return { objects: rendered(cluster), reported: reportedBelow(cluster) };
}

const externalSecret = (spec: object, key: string) => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: {
    name: 'agent-token',
    namespace: 'demo',
    labels: {
      'app.kubernetes.io/name': 'app',
      'app.kubernetes.io/instance': 'agent',
      'app.kubernetes.io/managed-by': 'chitin',
    },
  },
  spec: {
    refreshInterval: '1h',
    secretStoreRef: store,
    target: { name: 'agent-token', creationPolicy: 'Owner', deletionPolicy: 'Retain' },
    data: [
      { secretKey: 'token', remoteRef: { key, property: 'token' } },
      { secretKey: 'config.json', remoteRef: { key, property: 'config.json' } },
    ],
    ...spec,
  },
});

test('a Secret that is needed becomes an ExternalSecret with every key by name, and no Secret', () => {
  const { objects, reported } = agent({ store, prefix: 'lab' });
  expect(objects['ExternalSecret agent-token']).toEqual(externalSecret({}, 'lab/demo/agent-token'));
  expect(Object.keys(objects).filter((name) => name.startsWith('Secret '))).toEqual([]);
  expect(reported.problems).toEqual([]);
  expect(reported.findings).toEqual([]);
});

test('a store in the namespace, with names of its own, read more often', () => {
  const own = { kind: 'SecretStore', name: 'own' } as const;
  const { objects } = agent({
    store: own,
    refreshInterval: '15m',
    remoteKey: ({ namespace, name }) => `lab-${namespace}-${name}`,
  });
  const changes = { refreshInterval: '15m', secretStoreRef: own };
  expect(objects['ExternalSecret agent-token']).toEqual(externalSecret(changes, 'lab-demo-agent-token'));
});

test('pods have no checksum of values that nobody here knows', () => {
  const { objects } = agent({ store, prefix: 'lab' });
  const annotations = objects['StatefulSet agent']?.spec.template.metadata.annotations ?? {};
  expect(Object.keys(annotations)).not.toContain('chitin.dev/secrets-checksum');
});

test('ciphertext that nothing would read is told', () => {
  const path = 'clusters/test/secrets/demo/agent-token.yaml';
  const { objects, reported } = agent(
    { store, prefix: 'lab' },
    { [path]: ciphertext('demo/agent-token', { token: 'AA==' }) },
  );
  expect(objects['ExternalSecret agent-token']).toBeUndefined();
  expect(reported.problems.map(({ item }) => item)).toEqual([
    {
      message: `${path}: nothing reads it`,
      why: "The cluster's backend is externalSecrets(): its values come from ClusterSecretStore vault.",
      help: 'Remove the file, or give the cluster the secret backend that opens it.',
    },
  ]);
});

test.each(['', '/lab', 'lab/', 'lab//a', 'a b'])('prefix "%s" is refused', (prefix) => {
  expect(() => externalSecrets({ store, prefix })).toThrow(
    new Error('externalSecrets(): `prefix` is not of the form `a` or `a/b`, without a slash at either end'),
  );
});

describe('a Secret of a type', () => {
  const typed = (options: Partial<ExternalSecretsOptions> = {}) => {
    const images = { pullSecrets: [pullSecret('registry.example.test')] };
    const secrets = externalSecrets({ store, prefix: 'lab', ...options } as ExternalSecretsOptions);
    const { cluster } = oneAgent({}, { images, secrets });
    const objects = rendered(cluster);
    return { spec: objects['ExternalSecret agent-pull']?.spec, problems: reportedBelow(cluster).problems };
  };

  test('is asked for, with its key as it stands', () => {
    const { spec, problems } = typed();
    expect(problems).toEqual([]);
    expect(spec.target.template).toEqual({ type: 'kubernetes.io/dockerconfigjson' });
    expect(spec.data).toEqual([
      {
        secretKey: '.dockerconfigjson',
        remoteRef: { key: 'lab/demo/agent-pull', property: '.dockerconfigjson' },
      },
    ]);
  });

  test('is put together from the parts that the store holds', () => {
    const file = '{"auths":{"registry.example.test":{"auth":"{{ printf "%s:%s" .user .password | b64enc }}"}}}';
    const { spec } = typed({
      templates: { 'demo/agent-pull': { parts: ['user', 'password'], files: { '.dockerconfigjson': file } } },
    });
    expect(spec.target.template).toEqual({
      type: 'kubernetes.io/dockerconfigjson',
      engineVersion: 'v2',
      mergePolicy: 'Replace',
      data: { '.dockerconfigjson': file },
    });
    expect(spec.data.map(({ secretKey }: { secretKey: string }) => secretKey)).toEqual(['user', 'password']);
  });
});

test('a template makes a file, and the other keys stay what they are', () => {
  const files = { 'config.json': '{"password":{{ .password | toJson }}}' };
  const templates = { 'demo/agent-token': { parts: ['password'], files } };
  const { spec } = agent({ store, prefix: 'lab', templates }).objects['ExternalSecret agent-token'] ?? {};
  expect(spec.target.template.data).toEqual({ token: '{{ index . "token" }}', ...files });
  expect(spec.data.map(({ remoteRef }: { remoteRef: { property: string } }) => remoteRef.property)).toEqual([
    'token',
    'password',
  ]);
});

describe('a store that is made with the cluster', () => {
  const vault = { server: 'https://vault.example.test:8200', path: 'secret', version: 'v2' } as const;

  test('one for the cluster serves the namespaces with Secrets, and no others', () => {
    const { objects, reported } = agent({ store: { ...store, provider: { vault } }, prefix: 'lab' });
    expect(reported.problems).toEqual([]);
    expect(objects['ClusterSecretStore vault']).toEqual({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterSecretStore',
      metadata: { name: 'vault', labels: { 'app.kubernetes.io/managed-by': 'chitin' } },
      spec: { provider: { vault }, conditions: [{ namespaces: ['demo'] }] },
    });
    expect(objects['ExternalSecret agent-token']?.spec.secretStoreRef).toEqual(store);
  });

  test('one for each namespace, of any provider, as it stands', () => {
    const provider = { aws: { service: 'SecretsManager', region: 'eu-central-1' } };
    const { objects } = agent({ store: { kind: 'SecretStore', name: 'own', provider }, prefix: 'lab' });
    expect(objects['SecretStore own']).toMatchObject({ metadata: { namespace: 'demo' }, spec: { provider } });
    expect(objects['SecretStore own']?.spec.conditions).toBeUndefined();
  });

  test.each([
    ['no provider', {}, 'has not exactly one provider'],
    ['two', { aws: {}, gcpsm: {} }, 'has not exactly one provider'],
    ['values in plain text', { fake: { data: [] } }, 'holds its values in plain text'],
  ])('%s is refused', (_, provider, message) => {
    expect(() => externalSecrets({ store: { ...store, provider }, prefix: 'lab' })).toThrow(message);
  });
});
