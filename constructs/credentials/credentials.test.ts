import { expect, test } from 'vitest';
import { Cluster } from '../cluster.ts';
import { existing } from '../secrets/existing-secrets.ts';
import { sealedSecrets } from '../secrets/sealed-secrets.ts';
import { plain, recipient } from '../testing/cluster.ts';
import { ageKey, credential, kubeconfig, registryAuth } from './index.ts';

const cluster = Cluster.of(new Cluster('test', { ...plain, apps: () => {} }));
const own = 'age1wmp0w2c6qsktxpfat0v60eu0mahvnnf0etzdnr7k8mf73cmgnq9qlwezlz';

test('programs find the files by their variables', () => {
  const netrc = credential({ name: 'netrc', files: { netrc: 'x' }, env: (folder) => ({ NETRC: `${folder}/netrc` }) });
  const key = ageKey({ recipient: own, because: 'opens its backups' });
  const all = [kubeconfig(), registryAuth(), netrc, credential({ name: 'bare', files: { a: 'x' } }), key];
  expect(all.map(({ need, folder, env }) => [need.name, Object.keys(need.keys), folder, env])).toEqual([
    [
      'kubeconfig',
      ['config'],
      '/var/run/secrets/chitin/kubeconfig',
      { REMOTE_KUBECONFIG: '/var/run/secrets/chitin/kubeconfig/config' },
    ],
    [
      'registry',
      ['config.json'],
      '/var/run/secrets/chitin/registry',
      { DOCKER_CONFIG: '/var/run/secrets/chitin/registry' },
    ],
    ['netrc', ['netrc'], '/var/run/secrets/chitin/netrc', { NETRC: '/var/run/secrets/chitin/netrc/netrc' }],
    ['bare', ['a'], '/var/run/secrets/chitin/bare', {}],
    [
      'age',
      ['age.agekey'],
      '/var/run/secrets/chitin/age',
      { SOPS_AGE_KEY_FILE: '/var/run/secrets/chitin/age/age.agekey' },
    ],
  ]);
  expect(all.flatMap((each) => each.problems(cluster))).toEqual([]);
  expect(key.findings).toEqual([
    {
      rule: 'age-key-in-pod',
      message: 'the pod holds an age key: opens its backups',
      why: 'Whoever takes over the agent can open everything that was encrypted to it.',
    },
  ]);
  expect(Object.keys(kubeconfig({ asDefault: true }).env)).toEqual(['KUBECONFIG']);
});

test('an age key of the cluster never lies in a pod', () => {
  expect(ageKey({ recipient, because: 'helps with secrets' }).problems(cluster)).toEqual([
    {
      message: `ageKey(): ${recipient} opens the secrets of cluster test`,
      why: 'Whoever takes over the agent could read every secret in the repository.',
      help: 'Make a key of its own for the agent, and encrypt to it only what the agent should open.',
    },
  ]);
});

test('where no age key opens the secrets of a cluster, any age key may lie in a pod', () => {
  for (const secrets of [sealedSecrets({ certificate: './sealed-secrets.pem' }), existing()]) {
    const other = Cluster.of(new Cluster('test', { ...plain, secrets, apps: () => {} }));
    expect(ageKey({ recipient, because: 'opens its backups' }).problems(other)).toEqual([]);
  }
});

test('an age key without a reason is told', () => {
  expect(ageKey({ recipient: own, because: ' ' }).problems(cluster)).toEqual([
    {
      message: 'ageKey(): `because` is empty',
      why: 'Whoever takes over the agent can open everything that was encrypted to this key.',
      help: 'Say why the agent has to hold it.',
    },
  ]);
});
