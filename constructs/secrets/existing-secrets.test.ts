import { expect, test } from 'vitest';
import { credential } from '../credentials/index.ts';
import { existingObjects } from '../existing.ts';
import { reportedBelow } from '../problem.ts';
import { oneAgent, rendered } from '../testing/cluster.ts';
import { ciphertext, folder } from '../testing/folder.ts';
import { existing } from './existing-secrets.ts';

const path = 'clusters/test/secrets/demo/agent-token.yaml';
const keys = { token: 'token of the service', 'config.json': 'its configuration' };

/** What a reviewer reads about the Secret: how to make it, with no value in an argument. */
const finding = {
  rule: 'secret-by-hand',
  message: 'secret demo/agent-token is in no file of the repository',
  why: 'It needs token (token of the service), config.json (its configuration). Until somebody makes it in the cluster, and in every new one, the pods that read it do not start.',
  help: "Put each value into a file of the key's name first, without a newline at its end; a value on the command line stays in the shell's history: kubectl create secret generic agent-token -n demo --from-file=token=token --from-file=config.json=config.json",
};

/** One agent that needs the Secret, in a cluster with these files. */
function agent(files: Readonly<Record<string, string>>) {
  const directory = `${folder(files)}/clusters/test`;
  const credentials = [credential({ name: 'token', files: keys })];
  const { cluster } = oneAgent({ credentials }, { directory, secrets: existing() });
  return { objects: rendered(cluster), cluster, reported: reportedBelow(cluster) };
}

test('a Secret that is needed becomes no object, but a declaration and a finding', () => {
  const { objects, cluster, reported } = agent({});
  expect(Object.keys(objects).filter((name) => name.includes('Secret'))).toEqual([]);
  expect(existingObjects(cluster)).toEqual([{ kind: 'Secret', namespace: 'demo', name: 'agent-token' }]);
  expect(reported.problems).toEqual([]);
  expect(reported.findings.map(({ item }) => item)).toEqual([finding]);
});

test('a cluster can accept it', () => {
  const { cluster } = oneAgent({ credentials: [credential({ name: 'token', files: keys })] }, { secrets: existing() });
  cluster.accept('secret-by-hand', { because: 'the platform team makes them' });
  rendered(cluster);
  const { findings, accepted } = reportedBelow(cluster);
  expect(findings).toEqual([]);
  expect(accepted.map(({ item }) => item)).toEqual([{ ...finding, because: 'the platform team makes them' }]);
});

test('ciphertext that nothing would read is told, whatever it is', () => {
  const problem = {
    message: `${path}: nothing reads it`,
    why: "The cluster's backend is existing(): its Secrets are made by hand, and it reads no file.",
    help: 'Remove the file, or give the cluster the secret backend that opens it.',
  };
  for (const text of [ciphertext('demo/agent-token', { token: 'AA==' }), '', 'readable: [']) {
    const { reported } = agent({ [path]: text });
    expect(reported.problems.map(({ item }) => item)).toEqual([problem]);
    expect(reported.findings).toEqual([]);
  }
});
