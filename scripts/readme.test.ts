import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
  const named = [...readme.matchAll(/(?:^|`|[$] |&& )npm (?:run )?(\w+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'ci');
  expect(named.filter((name) => !(name in scripts) && name !== 'run')).toEqual([]);
});

const pagesIn = (folder: string) =>
  readdirSync(join(repository, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'AGENTS.md'],
  ...['docs', 'docs/how-to', 'docs/decisions'].flatMap(pagesIn),
];

test('what the documents name is there', () => {
  // Getting started is about a repository of the reader's own.
  const ours = documents.filter((document) => document !== 'docs/getting-started.md');
  const paths = ours.flatMap((document) =>
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

test('links between documents lead to a file, and to a heading of it', () => {
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-');
  const broken = documents.flatMap((document) =>
    [...readFileSync(join(repository, document), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
      .filter(([, path, anchor]) => {
        const target = path ? join(repository, dirname(document), path) : join(repository, document);
        if (!existsSync(target)) return true;
        if (anchor === undefined) return false;
        const text = readFileSync(target, 'utf8');
        const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slug(heading));
        return !headings.includes(anchor) && !text.includes(`id="${anchor}"`);
      })
      .map(([link]) => `${document}: ${link}`),
  );
  expect(broken).toEqual([]);
});
