import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Claw } from '../../apps/claw/claw.ts';
import type { Cluster } from '../../constructs/cluster.ts';
import { reportedBelow } from '../../constructs/problem.ts';
import { repository } from '../testing/repository-copy.ts';
import { clusterNames, loadCluster } from './clusters.ts';
import { render } from './render.ts';

/** Every app class, as some cluster would make it. */
const apps: Readonly<Record<string, (cluster: Cluster) => unknown>> = {
  claw: (cluster) => new Claw(cluster, { rooms: ['!ops:example.test'], people: ['@sam:example.test'] }),
};

test('no app is left out', () => {
  expect(Object.keys(apps)).toEqual(readdirSync(join(repository, 'apps')).sort());
});

/** An app says what, a cluster says how: the same class is right on each of them. */
describe.each(clusterNames(repository))('every app renders on cluster %s', (name) => {
  test.each(Object.keys(apps))('%s', async (app) => {
    const loaded = await loadCluster(repository, name);
    if ('error' in loaded) throw new Error(loaded.error);
    const { cluster } = loaded;
    if (!cluster.node.tryFindChild(app)) apps[app]?.(cluster);
    for (const construct of cluster.node.findAll()) construct.node.validate();
    const rendered = render(cluster, name, repository);
    expect(reportedBelow(cluster).problems.map(({ item }) => item.message)).toEqual([]);
    const kinds = rendered.filter(({ file }) => file.startsWith(`${name}/${app}/`)).map(({ object }) => object.kind);
    expect(kinds).toEqual(
      expect.arrayContaining(['StatefulSet', 'Service', 'ServiceAccount', 'PersistentVolumeClaim']),
    );
  });
});
