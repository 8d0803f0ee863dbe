import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ClusterFacts, hasImageVolumes, type Minor } from '../../constructs/facts.ts';
import { isKept } from '../manifest/floor-row.ts';
import { newestMinor, versionFloor } from '../manifest/version-floor.ts';
import { clusterOutput } from './cluster-output.ts';

/** Every minor, or this does not compile. */
const everyMinor: Readonly<Record<Minor, true>> = { '1.33': true, '1.34': true, '1.35': true, '1.36': true };
const minors = Object.keys(everyMinor) as Minor[];

test('the table is about the minors that constructs know', () => {
  expect(newestMinor).toBe(minors.at(-1));
  for (const row of versionFloor) expect(isKept(row, { kubernetes: minors[0] as Minor })).toBe(false);
});

test('what the table says is replaced is what constructs replace, on the same minors', () => {
  const replaced = versionFloor.filter((row) => row.since !== 'never' && row.older === 'replace');
  expect(replaced.map(({ id }) => id)).toEqual(['image-volume']);
  for (const kubernetes of minors) {
    const facts = { kubernetes, images: {} } as ClusterFacts;
    expect(replaced.map((row) => isKept(row, { kubernetes }))).toEqual([hasImageVolumes(facts)]);
  }
});

test('what is harmless to lose is left out for an older cluster, and told', async () => {
  const { errors, findings, files } = await clusterOutput(join(import.meta.dirname, 'fixtures/newer'), 'older');
  expect(errors).toEqual([]);
  expect(findings.map(({ text }) => text)).toEqual([
    [
      'clusters/older/cluster.ts:10  older/app/service',
      '  newer-than-cluster: $.spec.trafficDistribution is left out: a preference for endpoints of the same zone or node needs Kubernetes 1.34, and the cluster has 1.33',
      '  Connections go to endpoints everywhere.',
      '  Remove it, accept this, or upgrade the cluster.',
    ].join('\n'),
  ]);
  expect(files.get('older/app/service.program.yaml')?.split('\n').slice(1)).toEqual([
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    '  name: program',
    '  namespace: demo',
    'spec:',
    '  ports:',
    '  - port: 80',
    '  type: ClusterIP',
    '',
  ]);
});

test('image volumes that a cluster has switched on are kept on an older minor', async () => {
  const { errors, findings, files } = await clusterOutput(join(import.meta.dirname, 'fixtures/newer'), 'switched-on');
  expect([errors, findings]).toEqual([[], []]);
  expect(files.get('switched-on/app/statefulset.agent.yaml')).toContain(
    '\n        image:\n          reference: registry.example.test/files:1\n',
  );
});
