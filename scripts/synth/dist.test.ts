import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compare, marker, write } from './dist.ts';

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'chitin-dist-'));
});
afterEach(() => {
  rmSync(out, { recursive: true });
});

const text = (content: string) => `${marker} from a test. Do not edit.\n${content}\n`;

function files(entries: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(entries).map(([file, content]) => [file, text(content)]));
}

function update(wanted: Map<string, string>, folders = ['lab']) {
  const changes = compare(out, folders, wanted);
  write(out, folders, wanted, changes);
  return changes;
}

function tree(folder = out): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const pairs = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(pairs.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

test('a second run touches nothing', () => {
  const wanted = files({ 'lab/claw/a.yaml': 'a', 'lab/cluster/demo/b.yaml': 'b' });
  expect(update(wanted).added).toEqual(['lab/claw/a.yaml', 'lab/cluster/demo/b.yaml']);
  const before = statSync(join(out, 'lab/claw/a.yaml'), { bigint: true });
  const folder = statSync(join(out, 'lab/claw'), { bigint: true });
  expect(update(wanted)).toEqual({
    added: [],
    changed: [],
    removed: [],
    unchanged: 2,
    foreign: [],
    blocked: [],
    unfinished: [],
  });
  expect(statSync(join(out, 'lab/claw/a.yaml'), { bigint: true }).ctimeNs).toBe(before.ctimeNs);
  expect(statSync(join(out, 'lab/claw'), { bigint: true }).mtimeNs).toBe(folder.mtimeNs);
});

test('what is no longer made is removed, with its empty folder; a file of somebody else stays and is told', () => {
  update(files({ 'lab/claw/a.yaml': 'a', 'lab/old/b.yaml': 'b' }));
  writeFileSync(join(out, 'lab/claw/notes.txt'), 'mine');
  const changes = update(files({ 'lab/claw/a.yaml': 'changed' }));
  expect(changes).toMatchObject({
    changed: ['lab/claw/a.yaml'],
    removed: ['lab/old/b.yaml'],
    foreign: ['lab/claw/notes.txt'],
  });
  expect(tree()).toEqual({ 'lab/claw/a.yaml': text('changed'), 'lab/claw/notes.txt': 'mine' });
  expect(readdirSync(join(out, 'lab'))).toEqual(['claw']);
});

test('a file of somebody else where a generated one belongs blocks the run', () => {
  mkdirSync(join(out, 'lab/claw'), { recursive: true });
  writeFileSync(join(out, 'lab/claw/a.yaml'), 'mine');
  expect(compare(out, ['lab'], files({ 'lab/claw/a.yaml': 'a' })).blocked).toEqual(['lab/claw/a.yaml']);
});

test('folders that are not generated are not looked at', () => {
  update(files({ 'edge/claw/a.yaml': 'a' }), ['edge']);
  update(files({ 'lab/claw/a.yaml': 'a' }));
  expect(Object.keys(tree())).toEqual(['edge/claw/a.yaml', 'lab/claw/a.yaml']);
});

test('killed before any system call that changes a file: each file is old or new, and the next run repairs', async () => {
  const old = files({ 'lab/claw/a.yaml': 'a1', 'lab/claw/b.yaml': 'b1', 'lab/gone/c.yaml': 'c1' });
  const wanted = files({
    'lab/claw/a.yaml': 'a2',
    'lab/claw/b.yaml': 'b1',
    'lab/claw/n.yaml': 'n2',
    'lab/fresh/x/d.yaml': 'd2',
    'lab/fresh/e.yaml': 'e2',
  });
  const child = join(import.meta.dirname, 'testing/killed-write.ts');
  let survived = false;
  let kills = 0;
  for (let call = 1; !survived; call++) {
    rmSync(join(out, 'lab'), { recursive: true, force: true });
    update(old);
    const input = JSON.stringify({ out, wanted: [...wanted], call });
    const run = await execa('node', [child], { input, reject: false, preferLocal: true });
    survived = run.exitCode === 0;
    if (!survived) expect(run.signal).toBe('SIGKILL');
    kills += survived ? 0 : 1;
    for (const [file, content] of Object.entries(tree())) {
      if (file.includes('.chitin-unfinished')) continue;
      expect([old.get(file), wanted.get(file)], `${file} after call ${call}`).toContain(content);
    }
    update(wanted);
    expect(tree(), `repaired after call ${call}`).toEqual(Object.fromEntries([...wanted].sort()));
  }
  // mkdir, writes, renames and removals: the harness must have seen them.
  expect(kills).toBeGreaterThanOrEqual(10);
});
