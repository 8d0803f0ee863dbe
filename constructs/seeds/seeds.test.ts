import { symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { image } from '../images.ts';
import { folder } from '../testing/folder.ts';
import { filesSeed, imageSeed } from './index.ts';

test('files are given as they are', () => {
  expect(filesSeed({ 'AGENTS.md': 'x' })).toEqual({ kind: 'files', files: { 'AGENTS.md': 'x' } });
});

test('a folder is read, relative to the file that asks for it', () => {
  const seed = { kind: 'files', files: { 'AGENTS.md': 'x', 'docs/a.md': 'y' } };
  const files = { 'AGENTS.md': 'x', 'docs/a.md': 'y' };
  expect(filesSeed(folder(files))).toEqual(seed);
  expect(filesSeed(relative(import.meta.dirname, folder(files)))).toEqual(seed);
});

test('a folder that is missing, or holds links or binary files, is an error', () => {
  expect(() => filesSeed('./none')).toThrow(
    'filesSeed("./none"): there is no such folder beside the file that calls it',
  );
  const root = folder({ 'a.md': 'a' });
  writeFileSync(join(root, 'logo.png'), Buffer.from([0x89, 0xff]));
  expect(() => filesSeed(root)).toThrow('not UTF-8 text: logo.png. Put binary files into an imageSeed().');
  symlinkSync('a.md', join(root, 'b.md'));
  expect(() => filesSeed(root)).toThrow('neither files nor folders: b.md. Replace links by what they lead to.');
});

test('an image holds its files in /workspace and has a shell, unless told', () => {
  const workspace = image('registry.example.test/workspace:1');
  expect(imageSeed(workspace)).toEqual({ kind: 'image', image: workspace, path: '/workspace', shell: true });
  expect(imageSeed(workspace, { path: '/', shell: false })).toEqual({
    kind: 'image',
    image: workspace,
    path: '/',
    shell: false,
  });
});
