/**
 * The published package in a repository that is not this one: installed by npm from its tarball, with the commands and the
 * files of `docs/getting-started.md`.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stepsOf } from '../scripts/testing/console.ts';
import { announceSkip, missing } from './environment.ts';

const repository = resolve(import.meta.dirname, '..');
const skip = missing({ programs: ['npm', 'tar', 'sh'] });
announceSkip('the package in another repository', skip);

/** Warnings about the machine's own npm are no output of ours. */
const env = { npm_config_loglevel: 'error', NO_COLOR: '1' };

async function packed(): Promise<string> {
  const options = { cwd: repository, env, preferLocal: true };
  await execa('node', ['scripts/pack/pack.ts'], options);
  const [name] = readdirSync(join(repository, 'build')).filter((file) => file.endsWith('.tgz'));
  return join(repository, 'build', name ?? '');
}

describe.skipIf(skip)('the package in another repository', () => {
  let tarball: string;
  let theirs: string;
  const run = (command: string, ...args: readonly string[]) =>
    execa(command, args, { cwd: theirs, env, preferLocal: true, localDir: theirs, all: true, reject: false });

  beforeAll(async () => {
    tarball = await packed();
    theirs = mkdtempSync(join(tmpdir(), 'chitin-theirs-'));
  });
  afterAll(() => {
    rmSync(theirs, { recursive: true });
  });

  test('holds what runs and nothing else, the same bytes each time', async () => {
    const { stdout } = await execa('tar', ['-tzf', tarball]);
    const files = stdout.split('\n').map((file) => file.replace(/^package\//, ''));
    const known = /^(constructs|scripts)\/.*\.(js|d\.ts)$|^types\/.*\/(\w+\.d\.ts|LICENSE)$/;
    const others = files.filter((file) => !known.test(file)).sort();
    expect(others.filter((file) => !file.startsWith('constructs/runtimes/openclaw/scripts/'))).toEqual([
      'LICENSE',
      'README.md',
      'constructs/seeds/copy.sh',
      'constructs/tools/scrapling-server.py',
      'package.json',
    ]);
    expect(files.filter((file) => /\.test\.|\/testing\/|\/fixtures\/|^scripts\/pack\//.test(file))).toEqual([]);
    const first = readFileSync(tarball);
    expect(readFileSync(await packed()).equals(first)).toBe(true);
  });

  test('docs/getting-started.md says what happens', async () => {
    const steps = stepsOf(readFileSync(join(repository, 'docs/getting-started.md'), 'utf8'));
    const told: string[] = [];
    const done: string[] = [];
    for (const step of steps) {
      if (step.kind === 'file') {
        mkdirSync(dirname(join(theirs, step.path)), { recursive: true });
        writeFileSync(join(theirs, step.path), step.text);
        continue;
      }
      const { command, output } = step;
      // Neither is published: the tarball stands for it.
      const real = command
        .replace('npx @chitin-dev/chitin', `npx --yes --package ${tarball} chitin`)
        .replace(/^npm install$/, `npm install --save-dev --no-audit --no-fund ${tarball}`);
      const { all } = await run('sh', '-c', real);
      told.push(`$ ${command}\n${output}`);
      done.push(`$ ${command}\n${output === '' ? '' : all}`);
    }
    expect(done.length).toBeGreaterThan(8);
    expect(done.join('\n\n')).toBe(told.join('\n\n'));
  });

  test('there is one copy of each package, and none that only this repository needs', async () => {
    const { stdout } = await run('npm', 'ls', '--all', '--omit=optional', '--parseable');
    const names = stdout
      .split('\n')
      .slice(1)
      .map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    // age-encryption and its post-quantum part want different minors of these; nothing of theirs is shared.
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    expect(twice.filter((name) => !name.startsWith('@noble/'))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['@chitin-dev/chitin', 'cdk8s', 'constructs']));
    const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    const { typescript: _, ...unneeded } = { ...manifest.devDependencies, ...manifest.optionalDependencies };
    expect(names.filter((name) => name in unneeded)).toEqual([]);
  });

  test('types are whole and strict without looking away, and a mistake is one', async () => {
    const strict = {
      strict: true,
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
    };
    const all = { extends: './tsconfig.json', compilerOptions: strict, include: ['apps', 'clusters', 'main.ts'] };
    writeFileSync(join(theirs, 'tsconfig.strict.json'), JSON.stringify(all));
    expect((await run('tsc', '-p', 'tsconfig.strict.json')).all).toBe('');
    const text = readFileSync(join(theirs, 'main.ts'), 'utf8');
    writeFileSync(join(theirs, 'main.ts'), text.replace('anthropic/', 'antropic/'));
    const { all: told } = await run('tsc', '-p', 'tsconfig.strict.json');
    writeFileSync(join(theirs, 'main.ts'), text);
    expect(told).toMatch(/^main\.ts\(14,\d+\): error TS2345: .*antropic/);
  });

  test('CommonJS can require it', async () => {
    writeFileSync(join(theirs, 'old.cjs'), "console.log(typeof require('@chitin-dev/chitin').Agent);\n");
    expect((await run('node', 'old.cjs')).all).toBe('function');
  });

  test('an older Node is told in a sentence', async (context) => {
    const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'));
    const machine = { cwd: theirs, env: { ...env, PATH: path.join(delimiter) }, all: true, reject: false } as const;
    const { stdout: version } = await execa('node', ['--version'], machine);
    if (!(Number.parseInt(version.slice(1), 10) < 24)) {
      announceSkip('an older Node is told in a sentence', `the machine's own Node is ${version || 'not there'}`);
      context.skip();
    }
    const { exitCode, all } = await execa(join(theirs, 'node_modules/.bin/chitin'), ['synth'], machine);
    expect([exitCode, all]).toEqual([
      2,
      `chitin: this is Node ${version.slice(1)}, and chitin needs Node 24 or newer, which runs TypeScript as it stands. https://nodejs.org has one.`,
    ]);
  });
});
