/**
 * A container under Pod Security "restricted", without a container runtime: Linux namespaces, a read-only root, and uid
 * 65534. It starts without a network; `connect` gives it one, with a web site at 192.0.2.1.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Answer, Request } from './request.ts';

const run = promisify(execFile);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** What the kubelet would run in the image. */
export interface Container {
  /** Python environment that appears as /app/.venv. */
  venv: string;
  /** `sys.base_prefix` of that environment. */
  prefix: string;
  /** Empty folder that becomes the root. */
  root: string;
  command: string[];
  env: Record<string, string>;
  /** Files below /chitin: absolute path and text. */
  files: readonly { path: string; text: string }[];
}

/** Options of setpriv: the command ends when the process that started it does, whatever ends that. */
const withParent = ['--pdeathsig', 'KILL', '--'];

/** PATH of the image python:3.12-slim, which the server's image is made from. */
export const IMAGE_PATH = '/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin';

export class Restricted {
  readonly #outer: ChildProcess;
  #site: ChildProcess | undefined;
  readonly #files: string;
  #log = '';
  /** Exit status; null when a signal ended it. */
  readonly exited: Promise<number | null>;

  constructor({ venv, prefix, root, command, env, files }: Container) {
    const folder = mkdtempSync(join(tmpdir(), 'chitin-files-'));
    chmodSync(folder, 0o755);
    for (const { path, text } of files) {
      const target = join(folder, relative('/chitin', path));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
    this.#files = folder;
    const namespaces = ['--mount', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child'];
    const script = ['sh', here('restricted.sh'), root, venv, prefix, folder, '/app'];
    this.#outer = spawn('setpriv', [...withParent, 'unshare', ...namespaces, ...script, ...command], {
      env: { PATH: IMAGE_PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#outer.stdout, this.#outer.stderr]) {
      stream?.on('data', (chunk) => {
        this.#log += chunk;
      });
    }
    this.exited = once(this.#outer, 'close').then(([status]) => status as number | null);
  }

  /** What the process wrote so far, standard output and error together. */
  get log(): string {
    return this.#log;
  }

  /** The first process of the container, as seen from outside. */
  get pid(): number {
    const outer = this.#outer.pid;
    const pid = Number.parseInt(readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8'), 10);
    if (Number.isNaN(pid)) throw new Error(`the container has no process:\n${this.#log}`);
    return pid;
  }

  /** One file of /proc/<pid> of the first process. */
  proc(file: string): string {
    return readFileSync(`/proc/${this.pid}/${file}`, 'utf8');
  }

  /** Runs a command in the container, as the kubelet runs a probe, and returns its exit status. */
  async exec(command: string[]): Promise<number> {
    const user = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', '--bounding-set=-all'];
    const enter = ['--target', String(this.pid), '--mount', '--net', '--pid', 'setpriv', ...user, '--', ...command];
    return await run('nsenter', enter).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  }

  /** Waits until `command` exits with 0 in the container; throws when the container ends first or after 60 s. */
  async ready(command: string[]): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (true) {
      if (this.#outer.exitCode !== null) throw new Error(`ended with ${this.#outer.exitCode}:\n${this.#log}`);
      // The process may still be on its way into the namespaces.
      if ((await this.exec(command).catch(() => 1)) === 0) return;
      if (performance.now() > deadline) throw new Error(`not ready:\n${this.#log}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Gives the container the address 192.0.2.2 and a web site at 192.0.2.1 (pages.ts). */
  async connect(): Promise<void> {
    const site = spawn('setpriv', [...withParent, 'unshare', '--net', process.execPath, here('pages.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#site = site;
    await once(site.stdout, 'data');
    const ip = (pid: number | undefined, ...args: string[]) =>
      run('nsenter', ['--target', String(pid), '--net', 'ip', ...args]);
    await ip(site.pid, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(this.pid));
    await ip(site.pid, 'link', 'set', 'lo', 'up');
    for (const [pid, address] of [
      [site.pid, '192.0.2.1/24'],
      [this.pid, '192.0.2.2/24'],
    ] as const) {
      await ip(pid, 'address', 'add', address, 'dev', 'eth0');
      await ip(pid, 'link', 'set', 'eth0', 'up');
    }
    await ip(this.pid, 'route', 'add', 'default', 'via', '192.0.2.1');
  }

  /** Sends requests from within the pod (over its loopback) or from the site at the other end of its network. */
  async request(from: 'pod' | 'site', requests: readonly Request[]): Promise<Answer[]> {
    const pid = from === 'pod' ? this.pid : this.#site?.pid;
    const sent = run('nsenter', ['--target', String(pid), '--net', process.execPath, here('request.ts')]);
    sent.child.stdin?.end(JSON.stringify(requests));
    return JSON.parse((await sent).stdout);
  }

  /** SIGTERM to the first process, as the kubelet sends it; resolves with its exit status. */
  async terminate(): Promise<number | null> {
    process.kill(this.pid, 'SIGTERM');
    return await this.exited;
  }

  /** Ends everything that was started here. */
  async dispose(): Promise<void> {
    this.#site?.kill('SIGKILL');
    if (this.#outer.exitCode === null) this.#outer.kill('SIGKILL');
    await this.exited;
    rmSync(this.#files, { recursive: true });
  }
}
