import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(repository, 'README.md'), 'utf8');
let copy: string;

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'chitin-readme-'));
  for (const part of ['apps', 'clusters', 'skills']) {
    cpSync(join(repository, part), join(copy, part), { recursive: true });
  }
  for (const part of ['constructs', 'scripts', 'node_modules']) symlinkSync(join(repository, part), join(copy, part));
  await synth();
});
afterAll(() => {
  rmSync(copy, { recursive: true });
});

async function synth(): Promise<string> {
  const options = { cwd: copy, preferLocal: true, localDir: repository, reject: false, all: true } as const;
  return (await execa('node', [join(repository, 'scripts/chitin.ts'), 'synth'], options)).all;
}

function edit(file: string, from: string, to: string): void {
  const path = join(copy, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
}

test('the output in the README is what another room gives', async () => {
  edit('clusters/lab/cluster.ts', '!ops:', '!night-shift:');
  expect(readme).toContain(`\n$ npm run synth\n${await synth()}\n`);
});

test('the error in the README is what a misspelt skill and a forgotten secret give', async () => {
  edit('apps/claw/claw.ts', "'flux-debugging'", "'flux-debuging'");
  rmSync(join(copy, 'clusters/lab/secrets/zeroclaw/claw-openai.yaml'));
  expect(readme).toContain(`\n$ npm run synth\n${await synth()}\n`);
});

test('the commands in the README are scripts of this package', () => {
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const named = [...readme.matchAll(/npm (?:run )?(\w+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'ci');
  expect(named.filter((name) => !(name in scripts) && name !== 'run')).toEqual([]);
});

test('what the documents name is there', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'AGENTS.md', 'docs/deployments.md'];
  const paths = documents.flatMap((document) =>
    [
      ...readFileSync(join(repository, document), 'utf8').matchAll(
        /`((?:constructs|scripts|e2e|apps|bench|docs)\/[\w./-]+\w)`/g,
      ),
    ].map(([, path = '']) => path),
  );
  expect(paths.length).toBeGreaterThan(20);
  const there = (path: string) =>
    ['', '.ts', '.test.ts', '.e2e.test.ts'].some((end) => existsSync(join(repository, path + end)));
  expect(paths.filter((path) => !there(path))).toEqual([]);
});
