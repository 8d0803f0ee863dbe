import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chitin, copyRepository, edit, repository } from './testing/repository-copy.ts';

const readme = readFileSync(join(repository, 'README.md'), 'utf8');
let copy: string;

beforeAll(async () => {
  copy = copyRepository();
  await synth();
});
afterAll(() => {
  rmSync(copy, { recursive: true });
});

const synth = async () => (await chitin(copy, 'synth')).all;

test('the output in the README is what another room gives', async () => {
  edit(join(copy, 'clusters/lab/cluster.ts'), '!ops:', '!night-shift:');
  expect(readme).toContain(`\n$ npm run synth\n${await synth()}\n`);
});

test('the error in the README is what a misspelt skill and a forgotten secret give', async () => {
  edit(join(copy, 'apps/claw/claw.ts'), "'flux-debugging'", "'flux-debuging'");
  rmSync(join(copy, 'clusters/lab/secrets/zeroclaw/claw-openai.yaml'));
  expect(readme).toContain(`\n$ npm run synth\n${await synth()}\n`);
});

test('the explanation in the README is what explain says', async () => {
  const file = 'dist/lab/claw/ciliumnetworkpolicy.claw.yaml';
  const { stdout } = await chitin(repository, 'explain', file);
  expect(readme).toContain(`\n$ npm run chitin -- explain ${file}\n${stdout}\n`);
});

test('the commands in the README are scripts of this package', () => {
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const named = [...readme.matchAll(/npm (?:run )?(\w+)/g)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'ci');
  expect(named.filter((name) => !(name in scripts) && name !== 'run')).toEqual([]);
});

test('what the documents name is there', () => {
  const documents = [
    'README.md',
    'CONTRIBUTING.md',
    'AGENTS.md',
    'docs/deployments.md',
    'docs/clusters.md',
    'docs/findings.md',
  ];
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
