import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { seed } from './seed.ts';
import { eventually, temporaryFolder, testConfig } from './testing.ts';

let folder: ReturnType<typeof temporaryFolder>;
let output = '';
beforeEach(() => {
  folder = temporaryFolder();
  output = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      output += String(text);
      return true;
    });
  }
  put('AGENTS.md', 'rules 1');
  put('skills/one/SKILL.md', '---\nname: one\ndescription: d\n---\nx');
  put('skills/one/scripts/run.sh', 'true');
  chmodSync(join(folder.seed, 'skills/one/scripts/run.sh'), 0o755);
});
afterEach(() => {
  vi.restoreAllMocks();
  folder[Symbol.dispose]();
});

function put(path: string, text: string, root = folder.seed): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
const run = () => seed(testConfig(folder, { tools: { files: {} } }), folder.seed);
const read = (path: string) => readFileSync(join(folder.workspace, path), 'utf8');
const all = () =>
  readdirSync(folder.workspace, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.workspace.length + 1))
    .toSorted();

test('the workspace holds what the seed holds, modes too', async () => {
  expect(await run()).toBe(0);
  expect(all()).toEqual(['.seed/files.json', 'AGENTS.md', 'skills/one/SKILL.md', 'skills/one/scripts/run.sh']);
  expect([read('AGENTS.md'), statSync(join(folder.workspace, 'skills/one/scripts/run.sh')).mode & 0o777]).toEqual([
    'rules 1',
    0o755,
  ]);
  expect(JSON.parse(output)).toEqual({ seeded: folder.workspace, written: 3, removed: 0, unchanged: 0 });
});

test('a second run changes nothing', async () => {
  await run();
  const state = () =>
    all().map((path) => [
      path,
      statSync(join(folder.workspace, path)).mtimeMs,
      statSync(join(folder.workspace, path)).ino,
    ]);
  const before = state();
  output = '';
  await run();
  expect(state()).toEqual(before);
  expect(JSON.parse(output)).toMatchObject({ written: 0, removed: 0, unchanged: 3 });
});

test('what was seeded is replaced, what is seeded no longer goes, and everything else stays', async () => {
  await run();
  put('AGENTS.md', 'edited by hand', folder.workspace);
  put('work/notes.md', 'mine', folder.workspace);
  put('skills/one/own.md', 'mine', folder.workspace);
  put('AGENTS.md', 'rules 2');
  rmSync(join(folder.seed, 'skills/one'), { recursive: true });
  await run();
  expect(read('AGENTS.md')).toBe('rules 2');
  expect(all()).toEqual(['.seed/files.json', 'AGENTS.md', 'skills/one/own.md', 'work/notes.md']);
});

test('an invalid skill, or files where the agent’s are: all is said, nothing is changed', async () => {
  put('skills/Two/SKILL.md', 'no frontmatter');
  put('work/x', 'x');
  expect(await run()).toBe(1);
  expect(output).toMatch(
    /^nothing was seeded:\n {2}work\/x: work\/ belongs to the agent and is not seeded\n {2}skills\/Two: SKILL.md must start/,
  );
  expect(all()).toEqual([]);
});

test('nothing is written or removed by way of a link in the workspace', async () => {
  await run();
  const outside = join(folder.path, 'outside');
  renameSync(join(folder.workspace, 'skills/one'), outside);
  symlinkSync(outside, join(folder.workspace, 'skills/one'));
  rmSync(join(folder.workspace, 'AGENTS.md'));
  put('victim', 'canary', folder.path);
  symlinkSync(join(folder.path, 'victim'), join(folder.workspace, 'AGENTS.md'));
  put('skills/one/SKILL.md', '---\nname: one\ndescription: new\n---\nx');
  rmSync(join(folder.seed, 'skills/one/scripts'), { recursive: true });
  expect(await run()).toBe(0);
  expect(readdirSync(outside).toSorted()).toEqual(['SKILL.md', 'scripts']);
  expect([read('AGENTS.md'), readFileSync(join(folder.path, 'victim'), 'utf8')]).toEqual(['rules 1', 'canary']);
  expect(statSync(join(folder.workspace, 'skills/one/SKILL.md')).isFile()).toBe(true);
});

test('a seed that leads out of itself is refused', async () => {
  symlinkSync('/etc/passwd', join(folder.seed, 'passwd'));
  await expect(run()).rejects.toThrow('passwd leads out of the seed');
});

test('killed while it removes, it removes the rest in the next run', async () => {
  for (let index = 0; index < 1000; index += 1) put(`docs/${String(index).padStart(4, '0')}.md`, '');
  await run();
  rmSync(join(folder.seed, 'docs'), { recursive: true });
  const config = join(folder.path, 'config.json');
  writeFileSync(config, JSON.stringify({ ...testConfig(folder), tools: { files: {} } }));
  const child = spawn(
    process.execPath,
    [new URL('main.ts', import.meta.url).pathname, 'seed', folder.seed, '--config', config],
    { stdio: 'ignore' },
  );
  // Without giving way to anything: a thousand removals take longer than one look.
  const end = Date.now() + 20_000;
  while (existsSync(join(folder.workspace, 'docs/0000.md')) && Date.now() < end);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await run();
  expect(all().filter((path) => path.startsWith('docs/'))).toEqual([]);
});

test('killed at any moment, each file is whole; the next run ends the work', async () => {
  for (let index = 0; index < 200; index += 1) put(`docs/${index}.md`, `${index} old `.repeat(2000));
  await run();
  for (let index = 0; index < 200; index += 1) put(`docs/${index}.md`, `${index} new `.repeat(2000));
  for (let index = 0; index < 50; index += 1) rmSync(join(folder.seed, `docs/${index}.md`));
  const config = join(folder.path, 'config.json');
  writeFileSync(config, JSON.stringify({ ...testConfig(folder), tools: { files: {} } }));
  const isNew = (path: string) => {
    try {
      return path.startsWith('docs/') && read(path).includes('new');
    } catch {
      return false; // removed meanwhile
    }
  };
  for (const done of [1, 40, 80, 120]) {
    const child = spawn(
      process.execPath,
      [new URL('main.ts', import.meta.url).pathname, 'seed', folder.seed, '--config', config],
      { stdio: 'ignore' },
    );
    await eventually(() => all().filter(isNew).length >= done);
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const path of all().filter((path) => path.startsWith('docs/'))) {
      const index = /\d+/.exec(path)?.[0];
      expect([`${index} old `.repeat(2000), `${index} new `.repeat(2000)]).toContain(read(path));
    }
  }
  expect(await run()).toBe(0);
  expect(all().filter((path) => path.startsWith('docs/'))).toHaveLength(150);
  expect(read('docs/199.md')).toBe('199 new '.repeat(2000));
  expect(all()).not.toContain('.seed/new');
});
