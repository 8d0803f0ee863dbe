import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostileSuite } from './testing/hostile.ts';
import { killedSuite } from './testing/killed.ts';
import { identity, plant, read, Sandbox, shell, type Tree } from './testing/sandbox.ts';

const shells = [...shell('dash', [], false), ...shell('busybox', ['sh'], true), ...shell('bash', ['--posix'], false)];

describe.each(shells)('seed copier under $name', { timeout: 120_000 }, (shell) => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox(shell);
  });
  afterEach(() => box.remove());

  test('first seeding makes the workspace, and a record of what it put there', () => {
    const files = {
      'AGENTS.md': 'a',
      '.config/': '',
      '.config/x.toml': 'b',
      '..odd': 'c',
      'run.sh': { executable: 'd' },
    };
    box.seed({ ...files, 'empty/': '' });
    expect(box.run()).toEqual({ code: 0, stdout: 'seed: 4 files in place, 0 removed\n', stderr: '' });
    expect(box.workspace()).toEqual({ ...files, 'empty/': '' });
    expect(box.recorded().toSorted()).toEqual([...Object.keys(files), 'empty/'].toSorted());
    expect(readdirSync(box.record)).toEqual(['files']);
    expect(readdirSync(box.volume).toSorted()).toEqual(['.seed', 'workspace']);
  });

  test('a refresh replaces what the agent changed, removes what left the seed, and leaves state alone', () => {
    plant(box.target, { 'MEMORY.md': 'memory', 'docs/': '' });
    box.place({ 'AGENTS.md': '1', 'docs/a': '1', 'old/deep/b': '1', 'mixed/c': '1', 'turns/d': '1', flips: '1' });
    plant(box.target, { 'AGENTS.md': 'changed', 'mixed/state.db': 'state' });
    const state = ['MEMORY.md', 'mixed/state.db'].map((name) => join(box.target, name));
    for (const path of state) {
      chmodSync(path, 0o640);
      utimesSync(path, 1, 1);
    }
    const before = state.map(identity);
    box.seed({ 'AGENTS.md': '2', new: '2', turns: '2', 'flips/d': '2' });
    expect(box.run()).toEqual({ code: 0, stdout: 'seed: 4 files in place, 5 removed\n', stderr: '' });
    expect(box.workspace()).toEqual({
      'AGENTS.md': '2',
      new: '2',
      turns: '2',
      'flips/': '',
      'flips/d': '2',
      'MEMORY.md': 'memory',
      // Empty, but the agent's own.
      'docs/': '',
      'mixed/': '',
      'mixed/state.db': 'state',
    });
    expect(state.map(identity)).toEqual(before);
  });

  test('any name without control characters works, and so does a source with such a name', () => {
    const quoted = ['-rf', ' a  b ', `q'"\``, '$HOME', 'back\\slash\\', '~', '#', '%s', 'Áあ'];
    const names = [...quoted, '*', '[a-z]?', '.[!.]*', '..x'];
    const env = { SEED_SOURCE: join(box.root, `so*rce [x] '\\`) };
    plant(env.SEED_SOURCE, Object.fromEntries(names.map((name) => [`${name}/${name}`, name])));
    const expected = read(env.SEED_SOURCE);
    for (const stdout of Array(2).fill(`seed: ${names.length} files in place, 0 removed\n`)) {
      expect(box.run({ env })).toEqual({ code: 0, stdout, stderr: '' });
      expect(box.workspace()).toEqual(expected);
    }
    box.place({ last: '1' });
    expect(box.workspace()).toEqual({ last: '1' });
  });

  // Other systems refuse such a name themselves.
  test.runIf(process.platform === 'linux')('a name that is no text in any encoding works', () => {
    const raw = (folder: string) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x82])]);
    box.seed({ 'AGENTS.md': '1' });
    writeFileSync(raw(box.source), 'raw');
    for (const stdout of Array(2).fill('seed: 2 files in place, 0 removed\n')) {
      expect(box.run()).toEqual({ code: 0, stdout, stderr: '' });
      expect(existsSync(raw(box.target))).toBe(true);
    }
    box.place({ 'AGENTS.md': '2' });
    expect(box.workspace()).toEqual({ 'AGENTS.md': '2' });
  });

  test('a ConfigMap mount is followed, and its own names are not copied', () => {
    const env = { SEED_LINKS: 'follow' };
    const mount = (version: string, tree: Tree) => {
      plant(join(box.source, version), tree);
      symlinkSync(version, join(box.source, '..next'));
      renameSync(join(box.source, '..next'), join(box.source, '..data'));
    };
    mount('..2026_01', { 'AGENTS.md': '1', 'docs/guide.md': '1' });
    plant(box.source, { 'AGENTS.md': { link: '..data/AGENTS.md' }, docs: { link: '..data/docs' } });
    expect(box.run({ env })).toEqual({ code: 0, stdout: 'seed: 2 files in place, 0 removed\n', stderr: '' });
    expect(box.workspace()).toEqual({ 'AGENTS.md': '1', 'docs/': '', 'docs/guide.md': '1' });
    mount('..2026_02', { 'AGENTS.md': '2' });
    rmSync(join(box.source, 'docs'));
    expect(box.run({ env })).toEqual({ code: 0, stdout: 'seed: 1 files in place, 1 removed\n', stderr: '' });
    expect(box.workspace()).toEqual({ 'AGENTS.md': '2' });
  });

  describe('refuses, and changes nothing:', () => {
    const refuses = (stderr: string, options: Parameters<Sandbox['run']>[0] = {}) => {
      expect(box.run(options)).toEqual({ code: 1, stdout: '', stderr });
      expect(box.workspace()).toEqual({ 'AGENTS.md': '1', 'docs/': '', 'docs/guide.md': '1' });
      expect(readdirSync(box.record)).toEqual(['files']);
    };
    const ending = 'seed: nothing was changed\n';
    beforeEach(() => box.place({ 'AGENTS.md': '1', 'docs/guide.md': '1' }));

    test('symlinks in an image, all of them together', () => {
      const links = { gone: { link: 'nowhere' }, more: { link: box.outside } };
      box.seed({ 'AGENTS.md': '2', 'docs/guide.md': { link: '/etc/passwd' }, ...links });
      const refused = ['docs/guide.md', 'gone', 'more'].map((name) => `seed: refused: '${name}' is a symlink\n`);
      refuses(refused.join('') + ending);
    });

    test.each(['line\nbreak', 'tab\t', 'escape\u001b[2J', 'delete\u007f'])('the name %j', (name) => {
      box.seed({ 'AGENTS.md': '2', [`docs/${name}`]: '2' });
      refuses(`seed: refused: a name in directory 'docs/' has a control character\n${ending}`);
    });

    test('what is neither a file nor a directory, instead of waiting for it', () => {
      box.seed({ 'AGENTS.md': '2' });
      execFileSync('mkfifo', [join(box.source, 'pipe')]);
      refuses(`seed: refused: 'pipe' is neither a file nor a directory\n${ending}`);
    });

    // Root reads every directory; the sandbox runs the script as another user then.
    test('a directory that it cannot read, instead of taking it for an empty one', () => {
      box.seed({ 'AGENTS.md': '2', 'docs/guide.md': '2' });
      chmodSync(join(box.source, 'docs'), 0o300);
      refuses(`seed: refused: directory 'docs/' cannot be read\n${ending}`);
    });

    test('a seed without a file', () => {
      box.seed({ 'docs/': '' });
      refuses(`seed: SEED_SOURCE ${box.source} has no file\n`);
      rmSync(box.source, { recursive: true });
      refuses(`seed: SEED_SOURCE ${box.source} is not a directory\n`);
    });

    test('wrong settings', () => {
      const paths =
        'seed: SEED_SOURCE, SEED_TARGET and SEED_RECORD must be absolute paths, without . or .. or a final /\n';
      const beside = 'seed: SEED_TARGET must be below the directory that holds SEED_RECORD\n';
      refuses(paths, { env: { SEED_SOURCE: '' } });
      refuses(paths, { env: { SEED_TARGET: 'workspace' } });
      refuses(paths, { env: { SEED_RECORD: `${box.volume}/x/../y` } });
      refuses(beside, { env: { SEED_RECORD: `${box.target}/.seed` } });
      refuses(beside, { env: { SEED_TARGET: box.volume } });
      refuses('seed: SEED_TARGET must be outside SEED_RECORD\n', { env: { SEED_TARGET: `${box.record}/workspace` } });
      refuses('seed: SEED_LINKS must be follow or refuse\n', { env: { SEED_LINKS: 'Follow' } });
    });
  });

  describe('when a command fails', () => {
    // A limit on the size of a file stops a write halfway, as a full disk does, and needs no disk of its own.
    const prelude = `trap '' XFSZ; ulimit -f 8`;

    test('a copy on a full disk: nothing has changed, and the next start is complete', () => {
      box.place({ 'AGENTS.md': '1', gone: '1' });
      box.seed({ 'AGENTS.md': '2', large: 'x'.repeat(5000) });
      expect(box.run({ prelude })).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining('large') });
      expect(box.workspace()).toEqual({ 'AGENTS.md': '1', gone: '1' });
      expect(readdirSync(box.record)).toEqual(['files']);
      expect(box.run()).toEqual({ code: 0, stdout: 'seed: 2 files in place, 1 removed\n', stderr: '' });
    });

    test('a list on a full disk: nothing has changed', () => {
      box.place({ 'AGENTS.md': '1' });
      box.seed(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${index}`.padStart(200, '0'), ''])));
      const stderr = expect.stringContaining(`seed: cannot write in ${box.record}\n`);
      expect(box.run({ prelude })).toEqual({ code: 1, stdout: '', stderr });
      expect(box.workspace()).toEqual({ 'AGENTS.md': '1' });
    });

    test.each(['mv', 'rm', 'mkdir'])(
      '%s, at whatever call: files are old or new, and the next start repairs',
      (command) => {
        const after = { 'AGENTS.md': '2', 'docs/': '', 'docs/new.md': '2', state: 'state' };
        let call = 0;
        let code: number | undefined;
        do {
          call++;
          rmSync(box.volume, { recursive: true, force: true });
          box.place({ 'AGENTS.md': '1', 'old/gone.md': '1' });
          plant(box.target, { state: 'state' });
          box.seed({ 'AGENTS.md': '2', 'docs/new.md': '2' });
          const fail = `calls=0; ${command}() { calls=$((calls + 1)); [ $calls -ne ${call} ] && command ${command} "$@"; }`;
          code = box.run({ prelude: fail }).code;
          expect([0, 1]).toContain(code);
          expect(['1', '2']).toContain(box.workspace()['AGENTS.md']);
          expect(box.workspace().state).toBe('state');
          expect(box.run().code).toBe(0);
          expect(box.workspace()).toEqual(after);
        } while (code !== 0 || call < 3);
      },
    );
  });

  hostileSuite(shell);
  // Slow, and bash has nothing here that dash has not.
  if (!shell.name.startsWith('bash')) killedSuite(shell);
});
