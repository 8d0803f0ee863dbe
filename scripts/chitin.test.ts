import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyRepository, chitin as runIn } from './testing/repository-copy.ts';

let copy: string;

beforeAll(() => {
  copy = copyRepository();
  // What is shown here does not change with every cluster that comes.
  for (const cluster of readdirSync(join(copy, 'clusters')))
    if (cluster !== 'lab') rmSync(join(copy, 'clusters', cluster), { recursive: true });
});
afterAll(() => {
  rmSync(copy, { recursive: true });
});

const chitin = (args: readonly string[], cwd = copy) => runIn(cwd, ...args);

test('synth, then nothing to do, then a stale dist, from a folder below the repository', async () => {
  const cluster = join(copy, 'clusters/lab');
  const first = await chitin(['synth'], cluster);
  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout.split('\n')[0]).toMatch(/^lab {2}\d+ objects, 1 app$/);
  expect((await chitin(['synth', '--check'], cluster)).stdout).toMatch(
    /\n\.\.\/\.\.\/dist is up to date \(\d+ files\)\n/,
  );

  const file = join(copy, 'dist/lab/claw/persistentvolumeclaim.claw-state.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('10Gi', '11Gi'));
  const stale = await chitin(['synth', '--check']);
  expect(stale.exitCode).toBe(1);
  expect(stale.stdout).toContain(
    '\n  ~ lab/claw/persistentvolumeclaim.claw-state.yaml\ndist is stale: 1 file differs from the source. Run synth and commit the result.\n',
  );
  expect(readFileSync(file, 'utf8')).toContain('11Gi');
  expect((await chitin(['synth'])).exitCode).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('findings do not fail a run, and fail it with --strict', async () => {
  const app = join(copy, 'apps/claw/claw.ts');
  const source = readFileSync(app, 'utf8');
  writeFileSync(
    app,
    source.replace("agent.accept('reaches-internet'", "void (() => {}) as unknown; agent.accept('nothing-of-the-kind'"),
  );
  const loose = await chitin(['synth', '--check']);
  expect(loose.exitCode).toBe(0);
  expect(loose.stderr).toBe(
    [
      'finding apps/claw/claw.ts:32  lab/claw/claw',
      '  reaches-internet: pods of zeroclaw/claw may connect to every public address',
      '  What an agent can read, it can send there.',
      '',
      'finding apps/claw/claw.ts:32  lab/claw/claw',
      "  unused-accept: accept('nothing-of-the-kind') silences nothing",
      '  Remove it.',
      '',
    ].join('\n'),
  );
  const strict = await chitin(['synth', '--strict']);
  expect(strict.exitCode).toBe(1);
  expect(strict.stderr).toContain('2 findings, and --strict allows none. Nothing was written.');
  writeFileSync(app, source);
});

test('a file that somebody put into dist is told, and fails --check and --strict', async () => {
  const file = join(copy, 'dist/lab/claw/mine.yaml');
  writeFileSync(file, 'kind: ClusterRoleBinding\n');
  for (const [flag, code] of [
    ['--check', 1],
    ['--strict', 1],
    ['--format=text', 0],
  ] as const) {
    const { exitCode, stderr } = await chitin(['synth', flag]);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(
      'dist/lab/claw/mine.yaml\n  this file is not generated, and would be applied with the others\n',
    );
  }
  expect(readFileSync(file, 'utf8')).toBe('kind: ClusterRoleBinding\n');
  rmSync(file);
});

test('another output folder is cleaned of nothing but what its clusters make', async () => {
  const out = join(copy, 'other');
  cpSync(join(copy, 'dist/lab'), join(out, 'gone'), { recursive: true });
  expect((await chitin(['synth', '--out', 'other'])).exitCode).toBe(0);
  expect(readdirSync(out).sort()).toEqual(['gone', 'lab']);
  const { exitCode, stderr } = await chitin(['synth', '--out', '.']);
  expect([exitCode, stderr]).toEqual([2, 'chitin: --out . holds the repository; choose a folder of its own']);
});

test.each([
  [['synth', 'nowhere'], 'chitin: unknown cluster: nowhere. There are: lab.'],
  [
    ['synth', '--format', 'xml'],
    "error: option '--format <format>' argument 'xml' is invalid. Allowed choices are text, json.",
  ],
  [['sinth'], "error: unknown command 'sinth'\n(Did you mean synth?)"],
])('wrong use: %s', async (args, message) => {
  const { exitCode, stdout, stderr } = await chitin(args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test('outside a repository', async () => {
  const { exitCode, stderr } = await chitin(['synth'], tmpdir());
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: 'chitin: there is no clusters/ folder here or above; run it inside a repository',
  });
});

test('a cluster that does not even parse is an error with its place, without a stack', async () => {
  const source = join(copy, 'clusters/lab/cluster.ts');
  const text = readFileSync(source, 'utf8');
  writeFileSync(source, 'export default {\n  name: ,\n};\n');
  const { exitCode, stderr } = await chitin(['synth']);
  writeFileSync(source, text);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('error clusters/lab/cluster.ts:2\n');
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test('help has an example', async () => {
  const { exitCode, stdout } = await chitin(['synth', '--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Example:\n  chitin synth lab --check\n');
});
