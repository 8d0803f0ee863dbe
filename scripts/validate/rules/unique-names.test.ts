import { expect, test } from 'vitest';
import type { KubeObject } from '../../manifest/manifest.ts';
import { uniqueNames } from './unique-names.ts';

function check(spec: object): string[] {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod', namespace: 'demo' }, spec } as KubeObject;
  const manifest = { object, file: 'pod.yaml', origin: { path: 'pod' } };
  return uniqueNames.check([manifest], { existing: [] }).map(({ path, message }) => `${path} ${message}`);
}

const withPort = (port: object) => check({ containers: [{ name: 'program', ports: [port] }] });

test.each(['', 'HTTP', '8080', 'web_ui', '-web', 'web-', 'a--b', 'longer-than-it-may-be'])(
  'port name "%s" is told',
  (name) => {
    expect(withPort({ name, containerPort: 80 })).toEqual([
      `$.spec.containers[0].ports[0] port name "${name}" is not valid`,
    ]);
  },
);

test.each(['http', 'a', '8080-web', 'fifteen-letters'])('port name "%s" is fine', (name) => {
  expect(withPort({ name, containerPort: 80 })).toEqual([]);
});

test.each([0, 65536, 1.5, '80'])('port %s is told', (containerPort) => {
  expect(withPort({ containerPort })).toEqual([`$.spec.containers[0].ports[0] port ${containerPort} is not a port`]);
});

test('an init container shares the names of the others, and its own mounts are looked at too', () => {
  const mounts = [{ name: 'data', mountPath: '/data' }];
  const spec = {
    initContainers: [{ name: 'same' }],
    containers: [{ name: 'same', volumeMounts: mounts }],
    volumes: [],
  };
  expect(check(spec)).toEqual([
    '$.spec two containers of the pod are called "same"',
    '$.spec.containers[0].volumeMounts[0] there is no volume "data"',
  ]);
});

test('volumes may come from claim templates', () => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'agent', namespace: 'demo' },
    spec: {
      template: { spec: { containers: [{ name: 'program', volumeMounts: [{ name: 'state', mountPath: '/data' }] }] } },
      volumeClaimTemplates: [{ metadata: { name: 'state' } }],
    },
  } as KubeObject;
  expect(uniqueNames.check([{ object, file: 'x.yaml', origin: { path: 'x' } }], { existing: [] })).toEqual([]);
});
