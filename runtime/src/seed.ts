import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, readFile, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Config } from './config.ts';
import { inspectSkills } from './skills.ts';

// The program's own: names of what was seeded last, and the file that is being written.
const own = '.seed';

/**
 * Makes the workspace hold what `from` holds. Whatever is seeded is replaced, what was seeded once and is no longer goes;
 * what the agent wrote, and everything else, stays. Each file is replaced in one step; a run that is killed leaves whole
 * files and the names of all of them, so that the next run ends the work.
 */
export async function seed(config: Config, from = '/seed'): Promise<number> {
  const { workspace } = config;
  const kept = [own, ...(config.tools.files === undefined ? [] : [config.tools.files.write])];
  const problems: string[] = [];
  const files = await filesOf(await realpath(from));
  for (const path of files.keys()) {
    if (kept.includes(path.split('/')[0] ?? ''))
      problems.push(`${path}: ${path.split('/')[0]}/ belongs to the agent and is not seeded`);
  }
  for (const { name, errors } of await inspectSkills(join(from, 'skills')))
    problems.push(...errors.map((error) => `skills/${name}: ${error}`));
  if (problems.length > 0) {
    process.stderr.write(`nothing was seeded:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
    return 1;
  }

  await mkdir(join(workspace, own), { recursive: true });
  const list = join(workspace, own, 'files.json');
  const temporary = join(workspace, own, 'new');
  const before = await readList(list);
  const stale = before.filter((path) => !files.has(path));
  const counts = { written: 0, removed: 0, unchanged: 0 };

  if (stale.length > 0 || before.length !== files.size)
    await replace(list, printList([...before, ...files.keys()]), 0o644, temporary);
  for (const path of stale) {
    // Not by way of a link that somebody put in place of a folder.
    const folder = await realpath(join(workspace, dirname(path))).catch(() => undefined);
    if (folder !== join(await realpath(workspace), dirname(path))) continue;
    await rm(join(workspace, path), { force: true });
    await removeEmpty(workspace, dirname(path));
    counts.removed += 1;
  }
  for (const [path, source] of files) {
    const mode = ((await stat(source)).mode & 0o100) === 0 ? 0o644 : 0o755;
    const bytes = await readFile(source);
    const target = join(workspace, path);
    await makeFolder(workspace, dirname(path));
    const present = await lstat(target).catch(() => undefined);
    if (present?.isFile() && (await readFile(target)).equals(bytes)) {
      if ((present.mode & 0o777) !== mode) await chmod(target, mode);
      counts.unchanged += 1;
      continue;
    }
    if (present?.isDirectory()) await rm(target, { recursive: true });
    await replace(target, bytes, mode, temporary);
    counts.written += 1;
  }
  const after = printList([...files.keys()]);
  if ((await readFile(list, 'utf8').catch(() => '')) !== after) await replace(list, after, 0o644, temporary);
  process.stdout.write(`${JSON.stringify({ seeded: workspace, ...counts })}\n`);
  return 0;
}

/** Every file below `root`, by relative path. ConfigMaps are mounted as links to `..data`, which has the files. */
async function filesOf(root: string, folder = '', found = new Map<string, string>()): Promise<Map<string, string>> {
  for (const name of (await readdir(join(root, folder))).toSorted()) {
    if (name.startsWith('..')) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    const real = await realpath(join(root, path));
    if (!real.startsWith(root + sep)) throw new Error(`${path} leads out of the seed`);
    const status = await stat(real);
    if (status.isDirectory()) await filesOf(root, path, found);
    else if (status.isFile()) found.set(path, real);
    else throw new Error(`${path} is neither a file nor a folder`);
  }
  return found;
}

async function replace(target: string, bytes: Buffer | string, mode: number, temporary: string): Promise<void> {
  await rm(temporary, { force: true });
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, target);
}

/** A file or a link where a folder belongs gives way: nothing is written through it. */
async function makeFolder(workspace: string, folder: string): Promise<void> {
  if (folder === '.') return;
  await makeFolder(workspace, dirname(folder));
  const path = join(workspace, folder);
  const present = await lstat(path).catch(() => undefined);
  if (present?.isDirectory()) return;
  if (present !== undefined) await rm(path);
  await mkdir(path, { mode: 0o755 });
}

async function removeEmpty(workspace: string, folder: string): Promise<void> {
  for (let path = folder; path !== '.'; path = dirname(path)) {
    try {
      await rmdir(join(workspace, path));
    } catch {
      return;
    }
  }
}

async function readList(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  const list: unknown = JSON.parse(text);
  // The list is on the agent's volume: a path in it must not lead the removal elsewhere.
  const safe = (path: unknown): path is string =>
    typeof path === 'string' && !path.startsWith('/') && !path.split('/').includes('..');
  return Array.isArray(list) ? list.filter(safe) : [];
}

const printList = (paths: readonly string[]): string => `${JSON.stringify([...new Set(paths)].toSorted(), null, 1)}\n`;
