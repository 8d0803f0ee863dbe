import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder } from '../../constructs/testing/folder.ts';
import { readFile, writeFiles } from './files.ts';

test('all files are written, with their folders, and nothing else', () => {
  const root = folder({ 'a.yaml': 'old\n' });
  writeFiles(root, [
    { path: 'a.yaml', text: 'new\n', before: 'old\n' },
    { path: 'b/c.yaml', text: 'more\n', before: undefined },
  ]);
  expect(readdirSync(root, { recursive: true }).sort()).toEqual(['a.yaml', 'b', 'b/c.yaml']);
  expect([readFile(root, 'a.yaml'), readFile(root, 'b/c.yaml'), readFile(root, 'e')]).toEqual([
    'new\n',
    'more\n',
    undefined,
  ]);
});

test('when somebody else changed one of them meanwhile, none is written', () => {
  const root = folder({ 'a.yaml': 'old\n', 'b.yaml': 'theirs\n' });
  const changes = [
    { path: 'a.yaml', text: 'new\n', before: 'old\n' },
    { path: 'b.yaml', text: 'ours\n', before: 'old\n' },
  ];
  expect(() => writeFiles(root, changes)).toThrow(
    'b.yaml was changed by somebody else meanwhile; nothing was changed.',
  );
  expect(readdirSync(root).sort()).toEqual(['a.yaml', 'b.yaml']);
  expect(readFileSync(join(root, 'a.yaml'), 'utf8')).toBe('old\n');
});

test('a link that leads out of the repository is not followed', () => {
  const root = folder({ 'repository/a.yaml': '' });
  mkdirSync(join(root, 'elsewhere'));
  symlinkSync(join(root, 'elsewhere'), join(root, 'repository/secrets'));
  const change = { path: 'secrets/b.yaml', text: 'new\n', before: undefined };
  expect(() => writeFiles(join(root, 'repository'), [change])).toThrow('leads out of the repository');
  expect(existsSync(join(root, 'elsewhere/b.yaml'))).toBe(false);
});

test('a file that cannot be written leaves nothing behind', () => {
  const root = folder({ 'a.yaml': 'old\n', file: '' });
  const changes = [
    { path: 'a.yaml', text: 'new\n', before: 'old\n' },
    { path: 'file/b.yaml', text: 'new\n', before: undefined },
  ];
  expect(() => writeFiles(root, changes)).toThrow();
  expect(readdirSync(root).sort()).toEqual(['a.yaml', 'file']);
  expect(readFileSync(join(root, 'a.yaml'), 'utf8')).toBe('old\n');
});
