import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderNames, readTextFolder } from './files.ts';
import { folder } from './testing/folder.ts';

test('a folder is read with its subfolders, sorted by code unit in each', () => {
  const root = folder({ 'b.md': '2', 'a/z.md': '4', 'a/B.md': '3', 'Z.md': '1', 'ä.md': '5' });
  const read = readTextFolder(root);
  expect(read).toEqual({
    files: { 'Z.md': '1', 'a/B.md': '3', 'a/z.md': '4', 'b.md': '2', 'ä.md': '5' },
    binary: [],
    special: [],
  });
  expect(Object.keys(read?.files ?? {})).toEqual(['Z.md', 'a/B.md', 'a/z.md', 'b.md', 'ä.md']);
});

test('text is kept as it is: byte order mark, line ends, nothing at all', () => {
  const files = { bom: '\u{FEFF}a', crlf: 'a\r\nb\r\n', empty: '', 'no-newline': 'a' };
  expect(readTextFolder(folder(files))?.files).toEqual(files);
});

test('what is not UTF-8 is named and left out', () => {
  const root = folder({ 'a.md': 'a', 'images/.keep': '' });
  writeFileSync(join(root, 'images/logo.png'), Buffer.from([0x89, 0x50, 0xff]));
  expect(readTextFolder(root)).toEqual({
    files: { 'a.md': 'a', 'images/.keep': '' },
    binary: ['images/logo.png'],
    special: [],
  });
});

test('a link is named and not followed, since it may lead out of the folder', () => {
  const root = folder({ 'inside/a.md': 'a', 'outside/secret': 'x' });
  symlinkSync('../outside/secret', join(root, 'inside/file'));
  symlinkSync('../outside', join(root, 'inside/folder'));
  expect(readTextFolder(join(root, 'inside'))).toEqual({
    files: { 'a.md': 'a' },
    binary: [],
    special: ['file', 'folder'],
  });
});

test('no folder is not an empty folder', () => {
  const root = folder({});
  expect(readTextFolder(root)).toEqual({ files: {}, binary: [], special: [] });
  expect(readTextFolder(join(root, 'none'))).toBeUndefined();
});

test('the folders in a folder are named in order', () => {
  const root = folder({ 'b/x': '', 'a/x': '', 'c.md': '' });
  expect(folderNames(root)).toEqual(['a', 'b']);
  expect(folderNames(join(root, 'none'))).toEqual([]);
});
