import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Entry, identity, plant, read, Sandbox, type Shell, type Tree } from './sandbox.ts';

/** What an agent may leave in its workspace and, where it can write there, in the record. */
export function hostileSuite(shell: Shell): void {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox(shell);
  });
  afterEach(() => box.remove());

  const seed = { 'AGENTS.md': 'seed', 'docs/guide.md': 'seed', 'docs/more.md': 'seed' };
  const placed = { ...seed, 'docs/': '' };
  const stdout = 'seed: 3 files in place, 0 removed\n';
  const moved = (path: string, number = 1) =>
    `seed: ${path} was in the way, now in ${join(box.record, `set-aside/${number}`)}\n`;

  describe('what the agent left in the way is set aside:', () => {
    const cases: [string, string, () => Tree][] = [
      ['a directory for a file', 'AGENTS.md', () => ({ 'AGENTS.md/': '', 'AGENTS.md/notes.md': 'notes' })],
      ['a link for a file', 'AGENTS.md', () => ({ 'AGENTS.md': { link: join(box.outside, 'secret.txt') } })],
      ['a link to a directory for a file', 'AGENTS.md', () => ({ 'AGENTS.md': { link: box.outside } })],
      ['a broken link for a file', 'AGENTS.md', () => ({ 'AGENTS.md': { link: join(box.outside, 'new') } })],
      ['a file for a directory', 'docs', () => ({ docs: 'notes' })],
      ['a link for a directory', 'docs', () => ({ docs: { link: join(box.outside, 'docs') } })],
      ['a broken link for a directory', 'docs', () => ({ docs: { link: join(box.outside, 'new') } })],
    ];
    test.each(cases)('%s', (_, name, make) => {
      plant(box.target, make());
      box.seed(seed);
      expect(box.run()).toEqual({ code: 0, stdout, stderr: moved(join(box.target, name)) });
      expect(box.workspace()).toEqual(placed);
      expect(box.setAside()).toEqual(make());
    });

    test.each(cases)('%s, in place of what an earlier seed had put there', (_, name, make) => {
      box.place(seed);
      rmSync(join(box.target, name), { recursive: true });
      plant(box.target, make());
      expect(box.run()).toEqual({ code: 0, stdout, stderr: moved(join(box.target, name)) });
      expect(box.workspace()).toEqual(placed);
      expect(box.setAside()).toEqual(make());
    });

    test('a file of its own at a path that the seed claims later', () => {
      box.place({ 'AGENTS.md': '1' });
      plant(box.target, { 'MEMORY.md': 'memory' });
      const before = identity(join(box.target, 'MEMORY.md'));
      box.seed({ 'AGENTS.md': '2', 'MEMORY.md': 'seed' });
      expect(box.run()).toMatchObject({ code: 0, stderr: moved(join(box.target, 'MEMORY.md')) });
      expect(box.workspace()).toEqual({ 'AGENTS.md': '2', 'MEMORY.md': 'seed' });
      expect(identity(join(box.record, 'set-aside/1/MEMORY.md'))).toEqual(before);
    });

    test('again at every start, each time under a number of its own', () => {
      box.seed(seed);
      for (const number of [1, 2, 3]) {
        rmSync(join(box.target, 'docs'), { recursive: true, force: true });
        plant(box.target, { docs: { link: `nowhere-${number}` } });
        expect(box.run()).toEqual({ code: 0, stdout, stderr: moved(join(box.target, 'docs'), number) });
        expect(read(join(box.record, `set-aside/${number}`))).toEqual({ docs: { link: `nowhere-${number}` } });
      }
    });

    const roots: [string, () => Entry][] = [
      ['a file', () => 'notes'],
      ['a link to a directory', () => ({ link: box.outside })],
      ['a link to a file', () => ({ link: join(box.outside, 'secret.txt') })],
      ['a broken link', () => ({ link: join(box.outside, 'new') })],
    ];
    test.each(roots)('%s for a directory above the workspace, then for the workspace', (_, make) => {
      const entry = make();
      const env = { SEED_TARGET: join(box.target, 'main') };
      box.seed(seed);
      plant(box.volume, { workspace: entry });
      expect(box.run({ env })).toEqual({ code: 0, stdout, stderr: moved(box.target) });
      expect(read(env.SEED_TARGET)).toEqual(placed);
      rmSync(env.SEED_TARGET, { recursive: true });
      plant(box.target, { main: entry });
      expect(box.run({ env })).toEqual({ code: 0, stdout, stderr: moved(env.SEED_TARGET, 2) });
      expect(read(env.SEED_TARGET)).toEqual(placed);
      expect(box.setAside()).toEqual({ workspace: entry, main: entry });
    });
  });

  // Root may write everywhere; the sandbox runs the script as another user then.
  test.each(['555', '000'])('directories with mode %s are opened', (mode) => {
    box.place({ ...seed, 'left/over.md': '1' });
    rmSync(join(box.target, 'AGENTS.md'));
    plant(box.target, { 'AGENTS.md/notes.md': 'notes' });
    for (const name of ['left', 'docs', 'AGENTS.md', '.']) chmodSync(join(box.target, name), Number.parseInt(mode, 8));
    box.seed(seed);
    const stderr = moved(join(box.target, 'AGENTS.md'));
    expect(box.run()).toEqual({ code: 0, stdout: 'seed: 3 files in place, 1 removed\n', stderr });
    expect(box.workspace()).toEqual(placed);
    expect(box.setAside()).toEqual({ 'AGENTS.md/': '', 'AGENTS.md/notes.md': 'notes' });
  });

  test('removal does not follow a link that took the place of a directory or a file', () => {
    box.place({ 'AGENTS.md': '1', 'docs/guide.md': '1', 'secret.txt': '1' });
    const links: Tree = {};
    for (const name of ['docs', 'secret.txt']) {
      rmSync(join(box.target, name), { recursive: true });
      links[name] = { link: join(box.outside, name) };
    }
    plant(box.target, links);
    box.seed({ 'AGENTS.md': '2' });
    expect(box.run()).toEqual({ code: 0, stdout: 'seed: 1 files in place, 0 removed\n', stderr: '' });
    expect(box.workspace()).toEqual({ 'AGENTS.md': '2', ...links });
  });

  test('lines of the record that no seed can have written are ignored', () => {
    const beside = { 'beside.txt': 'beside', 'hollow/': '' };
    const state = { 'here/': '', 'here/state.txt': 'state', 'hollow/': '', 'e\u001bsc': 'state' };
    plant(box.volume, beside);
    plant(box.target, { ...state, 'docs/guide.md': '1' });
    const climbing = [
      '../beside.txt',
      '../hollow/',
      'docs/../../beside.txt',
      'docs/../here/state.txt',
      '..',
      'here/..',
    ];
    const absolute = [`${box.outside}/secret.txt`, join(box.target, 'here/state.txt'), '/', '//'];
    const odd = [
      './here/state.txt',
      'here//state.txt',
      'here/./state.txt',
      'hollow//',
      '.',
      '',
      'e\u001bsc',
      '*',
      '-rf',
    ];
    const lines = [
      ...climbing,
      ...absolute,
      ...odd,
      'here/',
      'here',
      'here/state.txt/',
      '\0',
      'docs/guide.md',
      'docs/',
    ];
    plant(box.record, { files: `${lines.join('\n')}\nhere/state.txt` });
    box.seed({ 'AGENTS.md': '1' });
    expect(box.run()).toEqual({ code: 0, stdout: 'seed: 1 files in place, 1 removed\n', stderr: '' });
    expect(box.workspace()).toEqual({ ...state, 'AGENTS.md': '1' });
    expect(read(box.volume)).toMatchObject(beside);
  });

  const records: [string, string, () => void][] = [
    ['the list is a link', 'files', () => symlinkSync(join(box.outside, 'secret.txt'), join(box.record, 'files'))],
    ['the list is a directory', 'files', () => plant(box.record, { 'files/files': 'x' })],
    ['the list is a pipe', 'files', () => execFileSync('mkfifo', [join(box.record, 'files')])],
    ['the list cannot be read', 'files', () => writeFileSync(join(box.record, 'files'), '', { mode: 0 })],
    ['staging is a link', 'stage', () => symlinkSync(box.outside, join(box.record, 'stage'))],
    ['staging is a file', 'stage', () => plant(box.record, { stage: 'x' })],
    [
      'staging is locked',
      'stage',
      () => {
        plant(box.record, { 'stage/tree/x/y': 'x', 'stage/tree/x/z': { link: join(box.outside, 'secret.txt') } });
        for (const path of ['stage/tree/x', 'stage/tree']) chmodSync(join(box.record, path), 0);
      },
    ],
    ['the set-aside is a link', 'set-aside', () => symlinkSync(box.outside, join(box.record, 'set-aside'))],
    ['the record is a link', '.', () => symlinkSync(box.outside, box.record)],
    ['the record is a file', '.', () => writeFileSync(box.record, '')],
    ['the record is locked', 'none', () => chmodSync(box.record, 0)],
  ];
  test.each(records)('%s', (_, name, make) => {
    box.place({ 'AGENTS.md': '1' });
    rmSync(join(box.target, 'AGENTS.md'));
    plant(box.target, { 'AGENTS.md/notes.md': 'notes' });
    rmSync(join(box.record, name), { recursive: true, force: true });
    make();
    const stderr = moved(join(box.target, 'AGENTS.md'));
    expect(box.run()).toEqual({ code: 0, stdout: 'seed: 1 files in place, 0 removed\n', stderr });
    expect(box.workspace()).toEqual({ 'AGENTS.md': '1' });
    expect(box.setAside()).toEqual({ 'AGENTS.md/': '', 'AGENTS.md/notes.md': 'notes' });
    expect(readdirSync(box.record).toSorted()).toEqual(['files', 'set-aside']);
    expect(box.recorded()).toEqual(['AGENTS.md']);
  });
}
