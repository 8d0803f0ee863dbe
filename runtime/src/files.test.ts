import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFiles } from './files.ts';
import { inbound, temporaryFolder } from './testing.ts';
import type { Tool } from './tool.ts';
import { openFolder } from './workspace.ts';

let folder: ReturnType<typeof temporaryFolder>;
let tools: Map<string, Tool>;
beforeEach(async () => {
  folder = temporaryFolder();
  tools = new Map((await openFiles(folder.workspace, { write: 'work' })).tools().map((tool) => [tool.name, tool]));
  writeFileSync(join(folder.workspace, 'AGENTS.md'), 'rules');
  mkdirSync(join(folder.workspace, 'skills/one'), { recursive: true });
  writeFileSync(join(folder.workspace, 'skills/one/SKILL.md'), 'skill');
  writeFileSync(join(folder.path, 'outside'), 'canary');
});
afterEach(() => folder[Symbol.dispose]());

async function call(name: string, input: object): Promise<string> {
  const tool = tools.get(name) as Tool;
  const parsed = 'jsonSchema' in tool.input ? input : tool.input.parse(input);
  return tool.run(parsed, {
    message: inbound('a'),
    idempotencyKey: 'a/1',
    tainted: false,
    signal: new AbortController().signal,
  });
}

test('what was written is read, listed and replaced', async () => {
  expect(await call('file_write', { path: 'work/a/b.txt', text: 'ä' })).toBe('2 bytes written');
  await call('file_write', { path: './work//a/b.txt', text: 'second' });
  expect(await call('file_read', { path: 'work/a/b.txt' })).toBe('second');
  expect(await call('file_list', { path: 'work/a' })).toBe('b.txt');
  expect(await call('file_list', {})).toBe('AGENTS.md\nskills/\nwork/');
});

test('a long file is read in pieces', async () => {
  writeFileSync(join(folder.workspace, 'long'), `${'a'.repeat(262_144)}rest`);
  expect((await call('file_read', { path: 'long' })).slice(-60)).toContain('[… 4 more bytes, from offset 262144 …]');
  expect(await call('file_read', { path: 'long', offset: 262_144 })).toBe('rest');
  expect(await call('file_read', { path: 'long', offset: 999_999 })).toBe('');
});

test.each([
  ['..', '../outside', 'leaves the workspace'],
  ['.. inside', 'work/../../outside', 'leaves the workspace'],
  ['an absolute path', '/etc/passwd', 'is absolute'],
  ['a zero byte', 'work/a\0b', 'is not a path'],
  ['the folder itself', '.', 'is a folder'],
  ['a folder', 'skills', 'is not a file'],
  ['nothing', 'work/none', 'does not exist'],
])('is not read: %s', async (_name, path, why) => {
  await expect(call('file_read', { path })).rejects.toThrow(why);
});

test.each([
  ['AGENTS.md', 'AGENTS.md'],
  ['a skill', 'skills/one/SKILL.md'],
  ['a new skill', 'skills/two/SKILL.md'],
  ['a skill by way of the folder', 'work/../skills/one/SKILL.md'],
  ['a name that begins alike', 'workshop/x'],
  ['the folder itself', 'work'],
  ['above', '../outside'],
])('is not written: %s', async (_name, path) => {
  await expect(call('file_write', { path, text: 'canary' })).rejects.toThrow();
  expect([
    readFileSync(join(folder.workspace, 'AGENTS.md'), 'utf8'),
    readFileSync(join(folder.workspace, 'skills/one/SKILL.md'), 'utf8'),
  ]).toEqual(['rules', 'skill']);
  expect(readdirSync(folder.workspace).toSorted()).toEqual(['AGENTS.md', 'skills', 'work']);
});

test('a symbolic link is followed nowhere: as the file, as a folder, as the target of a write', async () => {
  symlinkSync('../outside', join(folder.workspace, 'link'));
  symlinkSync(folder.path, join(folder.workspace, 'work/up'));
  symlinkSync('../../outside', join(folder.workspace, 'work/target'));
  await expect(call('file_read', { path: 'link' })).rejects.toThrow('is a symbolic link');
  await expect(call('file_read', { path: 'work/up/outside' })).rejects.toThrow('symbolic link');
  await expect(call('file_list', { path: 'work/up' })).rejects.toThrow('symbolic link');
  await expect(call('file_write', { path: 'work/up/new', text: 'x' })).rejects.toThrow('symbolic link');
  await expect(call('file_write', { path: 'work/target', text: 'x' })).rejects.toThrow('is not a file');
  expect(readFileSync(join(folder.path, 'outside'), 'utf8')).toBe('canary');
});

test('a named pipe does not hang the reader', async () => {
  execFileSync('mkfifo', [join(folder.workspace, 'work/pipe')]);
  await expect(call('file_read', { path: 'work/pipe' })).rejects.toThrow('is not a file');
});

test('a folder that is swapped for a link after it was opened leads to where it was', async (context) => {
  if (process.platform !== 'linux') context.skip('needs /proc');
  mkdirSync(join(folder.workspace, 'work/a'));
  const opened = await openFolder(folder.workspace, ['work', 'a']);
  renameSync(join(folder.workspace, 'work/a'), join(folder.workspace, 'work/b'));
  symlinkSync(folder.path, join(folder.workspace, 'work/a'));
  writeFileSync(opened.at('new'), 'x');
  await opened.close();
  expect(readdirSync(join(folder.workspace, 'work/b'))).toEqual(['new']);
});

test('neither one file nor all of them grow without end', async () => {
  await expect(call('file_write', { path: 'work/big', text: 'x'.repeat(262_145) })).rejects.toThrow('more than 262144');
  for (let index = 0; index < 2000; index += 1) writeFileSync(join(folder.workspace, `work/${index}`), '');
  await expect(call('file_write', { path: 'work/one-more', text: '' })).rejects.toThrow('work/ is full: 2000 files');
  rmSync(join(folder.workspace, 'work/0'));
  expect(await call('file_write', { path: 'work/one-more', text: '' })).toBe('0 bytes written');
});
