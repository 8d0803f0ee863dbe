import { expect, test } from 'vitest';
import { credential } from '../credentials/index.ts';
import { reportedBelow } from '../problem.ts';
import { oneAgent, rendered } from '../testing/cluster.ts';
import { ciphertext, folder } from '../testing/folder.ts';
import { type ExternalSecretsOptions, externalSecrets } from './external-secrets.ts';

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
