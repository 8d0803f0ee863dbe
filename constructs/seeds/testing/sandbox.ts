import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect } from 'vitest';

/** A file's text, an executable file's text, or where a symlink leads; the path of a directory ends in `/`. */
export type Entry = string | { executable: string } | { link: string };
export type Tree = Record<string, Entry>;

/** A shell, with the program behind every command that the script may use. */
export interface Shell {
  name: string;
  command: string[];
  tools: Record<string, string>;
}

export interface Outcome {
  /** `undefined` when a signal ended the shell. */
  code: number | undefined;
  stdout: string;
  stderr: string;
}

const contract = ['cp', 'mv', 'rm', 'mkdir', 'rmdir', 'chmod'];
const script = readFileSync(new URL('../copy.sh', import.meta.url), 'utf8');

// Root passes every permission check, and an init container is not root.
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

function find(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** The shell, or nothing and a line on stdout when this machine lacks it. `applets`: it is also `cp`, `mv` and so on. */
export function shell(program: string, args: string[], applets: boolean): Shell[] {
  const path = find(program);
  if (path === undefined) {
    console.log(`skipped: the seed copier under ${program}, which is not on PATH`);
    return [];
  }
  const tools = contract.map((tool) => [tool, applets ? path : (find(tool) ?? '')]);
  return [{ name: [program, ...args].join(' '), command: [path, ...args], tools: Object.fromEntries(tools) }];
}

export function plant(folder: string, tree: Tree): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, entry] of Object.entries(tree)) {
    const path = join(folder, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (name.endsWith('/')) continue;
    if (typeof entry === 'string') writeFileSync(path, entry);
    else if ('link' in entry) symlinkSync(entry.link, path);
    else writeFileSync(path, entry.executable, { mode: 0o755 });
  }
}

/** What `plant` would need to make the folder again; empty when there is none. */
export function read(folder: string, prefix = ''): Tree {
  const tree: Tree = {};
  if (!existsSync(folder)) return tree;
  for (const name of readdirSync(join(folder, prefix))) {
    const path = join(folder, prefix, name);
    const status = lstatSync(path);
    if (status.isDirectory()) Object.assign(tree, { [`${prefix}${name}/`]: '' }, read(folder, `${prefix}${name}/`));
    else if (status.isSymbolicLink()) tree[prefix + name] = { link: readlinkSync(path) };
    else if (!status.isFile()) tree[prefix + name] = { executable: 'special file' };
    else
      tree[prefix + name] =
        status.mode & 0o111 ? { executable: readFileSync(path, 'utf8') } : readFileSync(path, 'utf8');
  }
  return tree;
}

/** What must not change about a file or directory that is not the seed's. */
export function identity(path: string): unknown {
  const status = lstatSync(path, { bigint: true });
  const text = status.isDirectory() ? readdirSync(path) : readFileSync(path, 'utf8');
  return { inode: status.ino, mode: status.mode, mtime: status.mtimeNs, text };
}

/** A source, a volume with workspace and record, and an `outside` that the script must never change. */
export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), 'seed-'));
  readonly source = join(this.root, 'source');
  readonly volume = join(this.root, 'volume');
  readonly target = join(this.volume, 'workspace');
  readonly record = join(this.volume, '.seed');
  readonly outside = join(this.root, 'outside');
  readonly #shell: Shell;
  readonly #before: unknown;

  constructor(shell: Shell) {
    this.#shell = shell;
    plant(join(this.root, 'bin'), Object.fromEntries(Object.entries(shell.tools).map(([n, link]) => [n, { link }])));
    plant(this.volume, {});
    plant(this.outside, { 'secret.txt': 'outside', 'docs/guide.md': 'outside' });
    this.#before = this.#outside();
  }

  /** Makes `tree` the seed. */
  seed(tree: Tree): void {
    rmSync(this.source, { recursive: true, force: true });
    plant(this.source, tree);
  }

  /** Makes `tree` the seed and runs the script, which must succeed without a message. */
  place(tree: Tree): void {
    this.seed(tree);
    expect(this.run()).toEqual({ code: 0, stdout: expect.stringMatching(/^seed: /), stderr: '' });
  }

  /** Copies the volume, for `restore`. */
  keep(name: string): void {
    rmSync(join(this.root, name), { recursive: true, force: true });
    cpSync(this.volume, join(this.root, name), { recursive: true, verbatimSymlinks: true });
  }

  restore(name: string): void {
    rmSync(this.volume, { recursive: true });
    cpSync(join(this.root, name), this.volume, { recursive: true, verbatimSymlinks: true });
  }

  workspace(): Tree {
    return read(this.target);
  }

  /** Runs the script; `prelude` is shell text in front of it. PATH holds the commands of the contract, nothing else. */
  run(options: { env?: Record<string, string>; prelude?: string } = {}): Outcome {
    const copy = join(this.root, 'copy.sh');
    writeFileSync(copy, `${options.prelude ?? ''}\n${script}`);
    if (user.uid !== undefined) execFileSync('chown', ['-hR', `${user.uid}:${user.gid}`, this.root]);
    const [file = '', ...args] = this.#shell.command;
    const { status, signal, error, stdout, stderr } = spawnSync(file, [...args, copy], {
      cwd: '/',
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      env: {
        PATH: join(this.root, 'bin'),
        SEED_SOURCE: this.source,
        SEED_TARGET: this.target,
        SEED_RECORD: this.record,
        SEED_LINKS: 'refuse',
        ...options.env,
      },
      ...user,
    });
    if (error) throw error;
    return { code: signal === null ? (status ?? undefined) : undefined, stdout, stderr };
  }

  /** What was set aside, without the number in front. */
  setAside(): Tree {
    const entries = Object.entries(read(join(this.record, 'set-aside')));
    return Object.fromEntries(
      entries.flatMap(([name, entry]) => (/^\d+\/$/.test(name) ? [] : [[name.replace(/^\d+\//, ''), entry]])),
    );
  }

  /** The lines of the record. */
  recorded(): string[] {
    return readFileSync(join(this.record, 'files'), 'utf8').split('\n').slice(0, -1);
  }

  #outside(): unknown {
    return ['.', 'docs', 'docs/guide.md', 'secret.txt'].map((name) => identity(join(this.outside, name)));
  }

  /** The end of a test; throws when something outside has changed. */
  remove(): void {
    expect(this.#outside()).toEqual(this.#before);
    // Not only root must be able to remove what a test locked.
    execFileSync('chmod', ['-R', 'u+rwx', this.root]);
    rmSync(this.root, { recursive: true, force: true });
  }
}
