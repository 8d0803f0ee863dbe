import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Claw } from '../../apps/claw/claw.ts';
import { Hello } from '../../apps/hello/hello.ts';
import { OpenClawHomelab } from '../../apps/openclaw-homelab/openclaw-homelab.ts';
import { OpenClawMedia } from '../../apps/openclaw-media/openclaw-media.ts';
import type { Cluster } from '../../constructs/cluster.ts';
import { reportedBelow } from '../../constructs/problem.ts';
import { repository } from '../testing/repository-copy.ts';
import { clusterNames, loadCluster } from './clusters.ts';
import { render } from './render.ts';

/** Every app class, as some cluster would make it, by its folder; and the folder of `dist/<cluster>` that it makes. */
const apps: Readonly<
  Record<string, { readonly makes: string; readonly exposed?: false; readonly on: (cluster: Cluster) => unknown }>
> = {
  claw: {
    makes: 'claw',
    on: (cluster) => new Claw(cluster, { rooms: ['!ops:example.test'], people: ['@sam:example.test'] }),
  },
  hello: {
    makes: 'hello',
    exposed: false,
    on: (cluster) => new Hello(cluster, { endpoint: { url: 'https://llm.example.test/v1' }, model: 'small' }),
  },
  'openclaw-homelab': {
    makes: 'openclaw',
    on: (cluster) => new OpenClawHomelab(cluster, { people: [123456789], nas: 'nas.example.test' }),
  },
  'openclaw-media': {
    makes: 'media',
    on: (cluster) => new OpenClawMedia(cluster, { people: ['U012ABCDEF'], channel: 'C012ABCDEF' }),
  },
};

test('no app is left out', () => {
  expect(Object.keys(apps)).toEqual(readdirSync(join(repository, 'apps')).sort());
});

/** What a cluster does not have, and says to each app that would need it. */
const lacking: Readonly<Record<string, readonly string[]>> = {
  local: ['cluster local has no gateway', "cluster local: the API server's addresses are not given"],
};

/** Nobody encrypted a secret for an app on a cluster that it is not meant for. */
const isMissingSecret = (message: string) => /^secret \S+: there is no clusters\//.test(message);

/** An app says what, a cluster says how: the same class is right on each of them. */
test.each(clusterNames(repository))('every app renders on cluster %s', async (name) => {
  const loaded = await loadCluster(repository, name);
  if ('error' in loaded) throw new Error(loaded.error);
  const { cluster } = loaded;
  for (const { makes, on } of Object.values(apps)) if (!cluster.node.tryFindChild(makes)) on(cluster);
  for (const construct of cluster.node.findAll()) construct.node.validate();
  const rendered = render(cluster, name, repository);
  const problems = reportedBelow(cluster).problems.map(({ item }) => item.message);
  const lacks = lacking[name] ?? [];
  expect([...new Set(problems.filter((message) => !isMissingSecret(message)))].sort()).toEqual([...lacks].sort());
  for (const { makes, exposed = true } of Object.values(apps)) {
    const kinds = rendered.filter(({ file }) => file.startsWith(`${name}/${makes}/`)).map(({ object }) => object.kind);
    expect(kinds).toEqual(
      expect.arrayContaining(['StatefulSet', 'Service', 'ServiceAccount', 'PersistentVolumeClaim']),
    );
    expect(kinds.includes('HTTPRoute')).toBe(exposed && lacks.length === 0);
  }
});
