import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, resolve } from 'node:path';
import { ApiObject, Chart, Lazy } from 'cdk8s';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { oneAgent } from '../../constructs/testing/cluster.ts';
import { folder } from '../../constructs/testing/folder.ts';
import { rules } from '../validate/rules/index.ts';
import { clusterOutput } from './cluster-output.ts';
import { compare, marker, write } from './dist.ts';
import { render } from './render.ts';

/** What made large clusters slow once: work that was done again for each object, chart or file. */

afterEach(() => {
  vi.restoreAllMocks();
});

test('each object is rendered once', () => {
  const { cluster } = oneAgent();
  const produced: string[] = [];
  for (const app of ['one', 'two', 'three']) {
    const chart = new Chart(cluster, app, { namespace: 'demo' });
    const produce = () => {
      produced.push(app);
      return { a: '1' };
    };
    new ApiObject(chart, 'object', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: app },
      data: Lazy.any({ produce }),
    } as never);
  }
  for (const construct of cluster.node.findAll()) construct.node.validate();
  render(cluster, 'test', '/');
  expect(produced).toEqual(['one', 'two', 'three']);
});

test('each rule looks at a cluster once', async () => {
  const checks = rules.map((rule) => vi.spyOn(rule, 'check'));
  await clusterOutput(resolve(import.meta.dirname, '../..'), 'lab');
  expect(checks.map(({ mock }) => mock.calls.length)).toEqual(rules.map(() => 1));
});

type Call =
  | 'readFileSync'
  | 'readdirSync'
  | 'existsSync'
  | 'statSync'
  | 'mkdirSync'
  | 'writeFileSync'
  | 'renameSync'
  | 'rmSync';
const calls: readonly Call[] = [
  'readFileSync',
  'readdirSync',
  'existsSync',
  'statSync',
  'mkdirSync',
  'writeFileSync',
  'renameSync',
  'rmSync',
];

/** How often a run calls each function of the file system. */
function counted(run: () => void): Partial<Record<Call, number>> {
  const spies = calls.map((name) => [name, vi.spyOn(fs, name)] as const);
  syncBuiltinESMExports();
  onTestFinished(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
  run();
  return Object.fromEntries(
    spies.map(([name, { mock }]) => [name, mock.calls.length]).filter(([, count]) => count !== 0),
  );
}

const files = new Map(
  ['a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'b/demo/3'].map((file) => [`lab/${file}.yaml`, `${marker}\n${file}\n`]),
);

function update(out: string): void {
  write(out, ['lab'], files, compare(out, ['lab'], files));
}

test('a file that is up to date costs one read, and a folder one look', () => {
  const out = join(folder({}), 'dist');
  update(out);
  // The folder of the cluster is made if it is missing.
  expect(counted(() => update(out))).toEqual({ readFileSync: 6, readdirSync: 4, mkdirSync: 1 });
});

test('a new file costs one write, and a new folder one rename', () => {
  const out = join(folder({}), 'dist');
  expect(counted(() => update(out))).toEqual({
    readdirSync: 1,
    mkdirSync: 4,
    existsSync: 2,
    writeFileSync: 6,
    renameSync: 2,
  });
});
