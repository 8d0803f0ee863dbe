import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { expect, test } from 'vitest';
import { existingObjects } from '../existing.ts';
import { custom } from '../runtimes/custom.ts';
import { oneAgent, program, rendered } from '../testing/cluster.ts';
import { scrapling } from '../tools/scrapling.ts';
import { nodes } from './nodes.ts';

const podOf = (objects: ReturnType<typeof rendered>) =>
  (objects['StatefulSet agent'] as unknown as IStatefulSet).spec?.template.spec;

test('nodes by their labels', () => {
  const affinity = nodes({
    with: { 'node-availability': '24x7', 'kubernetes.io/arch': ['amd64', 'arm64'] },
    without: ['nvidia.com/gpu.present'],
  });
  expect(podOf(rendered(oneAgent({ affinity }).cluster))?.affinity).toEqual({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'node-availability', operator: 'In', values: ['24x7'] },
              { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] },
              { key: 'nvidia.com/gpu.present', operator: 'DoesNotExist' },
            ],
          },
        ],
      },
    },
  });
});

test('a runtime class and a spread over zones', () => {
  const spread = [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway' as const,
      labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'app' } },
    },
  ];
  const pod = podOf(rendered(oneAgent({ runtimeClassName: 'gvisor', topologySpreadConstraints: spread }).cluster));
  expect([pod?.runtimeClassName, pod?.topologySpreadConstraints]).toEqual(['gvisor', spread]);
});

test('a CA bundle reaches every container of the agent and of its tools, and an own variable wins', () => {
  const caBundle = { configMap: 'trust', key: 'bundle.pem' };
  const runtime = custom({ ...program, env: { NODE_EXTRA_CA_CERTS: '/own.pem' } });
  const { cluster } = oneAgent({ runtime, tools: [scrapling({ place: 'pod' })] }, { caBundle });
  const objects = rendered(cluster);
  const mount = { name: 'ca-bundle', mountPath: '/var/run/chitin/ca', readOnly: true };
  const volume = { name: 'ca-bundle', configMap: { name: 'trust', items: [{ key: 'bundle.pem', path: 'ca.crt' }] } };
  const tool = (objects['Deployment agent-scrapling'] as unknown as IStatefulSet).spec?.template.spec;
  for (const pod of [podOf(objects), tool]) {
    expect(pod?.volumes).toContainEqual(volume);
    for (const { volumeMounts, env } of pod?.containers ?? []) {
      expect(volumeMounts).toContainEqual(mount);
      expect(env).toContainEqual({ name: 'SSL_CERT_FILE', value: '/var/run/chitin/ca/ca.crt' });
    }
  }
  expect(podOf(objects)?.containers[0]?.env).toContainEqual({ name: 'NODE_EXTRA_CA_CERTS', value: '/own.pem' });
  expect(existingObjects(cluster)).toContainEqual({ kind: 'ConfigMap', namespace: 'demo', name: 'trust' });
});

test('one line turns every image of a cluster to a mirror, those of extra containers too', () => {
  const containers = [{ name: 'extra', image: 'registry.example.test/extra:2.0.0' }];
  const images = { mirrors: { 'registry.example.test': 'mirror.test/registry', 'ghcr.io': 'mirror.test/ghcr' } };
  const pod = podOf(rendered(oneAgent({ containers, tools: [scrapling()] }, { images }).cluster));
  const all = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].map(({ image }) => image);
  expect(all).toEqual([
    expect.stringMatching(/^mirror\.test\/ghcr\/d4vinci\/scrapling:/),
    'mirror.test/registry/program:1.0.0',
    'mirror.test/registry/extra:2.0.0',
  ]);
});

test('state that may go with the agent is not protected', () => {
  const runtime = custom({ ...program, state: [{ name: 'state', path: '/state' }] });
  const annotations = (reclaim?: 'Retain' | 'Delete') =>
    rendered(oneAgent({ runtime, reclaim }).cluster)['PersistentVolumeClaim agent-state']?.metadata.annotations;
  expect(annotations()).toEqual({ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' });
  expect(annotations('Delete')).toBeUndefined();
});
