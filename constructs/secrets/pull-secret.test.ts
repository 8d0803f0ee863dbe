import { expect, test } from 'vitest';
import { existingObjects } from '../existing.ts';
import { reportedBelow } from '../problem.ts';
import { reasonsOf } from '../reason.ts';
import { oneAgent, rendered } from '../testing/cluster.ts';
import { ciphertext, folder } from '../testing/folder.ts';
import { scrapling } from '../tools/scrapling.ts';
import { pullSecret } from './pull-secret.ts';

const path = 'clusters/test/secrets/demo/agent-pull.yaml';
const type = 'kubernetes.io/dockerconfigjson';

function agent(value: string) {
  const files = {
    [path]: ciphertext('demo/agent-pull', { '.dockerconfigjson': value }).replace('stringData:', `type: ${type}\n$&`),
    'clusters/test/secrets/demo/agent-scrapling.yaml': ciphertext('demo/agent-scrapling', { token: 'AA==' }),
  };
  const images = { pullSecrets: ['mirror', pullSecret('registry.example.test', 'ghcr.io')] };
  const tools = [scrapling({ place: 'pod' })];
  const { cluster } = oneAgent({ tools }, { images, directory: `${folder(files)}/clusters/test` });
  return { cluster, objects: rendered(cluster) };
}

test('the backend makes it for each agent, and every pod of the agent is pulled with it', () => {
  const { cluster, objects } = agent('AA==');
  expect(reportedBelow(cluster).problems).toEqual([]);
  expect(objects['Secret agent-pull']).toMatchObject({ type, metadata: { namespace: 'demo' } });
  for (const pod of ['StatefulSet agent', 'Deployment agent-scrapling'])
    expect(objects[pod]?.spec.template.spec.imagePullSecrets).toEqual([{ name: 'mirror' }, { name: 'agent-pull' }]);
  expect(existingObjects(cluster)).toEqual([{ kind: 'Secret', namespace: 'demo', name: 'mirror' }]);
  const made = cluster.node.findAll().find(({ node }) => node.id === 'Secret-agent-pull');
  expect(made && reasonsOf(made)?.parts).toEqual([
    {
      what: 'key .dockerconfigjson',
      because: 'images of cluster test',
      details: [
        'holds: registry credentials for registry.example.test, ghcr.io, as in ~/.docker/config.json',
        'the kubelet pulls images with it',
      ],
    },
  ]);
});

test('new credentials restart nothing: the kubelet reads them when a pod starts', () => {
  const template = (value: string) => agent(value).objects['StatefulSet agent']?.spec.template;
  expect(template('BB==')).toEqual(template('AA=='));
});
