/**
 * A program as a container would run it, without a container runtime: another user without capabilities, in network and PID
 * namespaces of its own, in which there is nothing but loopback. Needs Linux, root, util-linux and iproute2.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What such a program needs beside itself. */
export const needed = ['setpriv', 'unshare', 'nsenter', 'ip'] as const;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export class LonelyProgram {
  readonly #outer: ChildProcess;
  #log = '';
  /** Exit status; null when a signal ended it. */
  readonly exited: Promise<number | null>;

  /** `env` is the whole environment; `cwd` has to be readable by `uid`. */
  constructor(options: {
    readonly command: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly uid: number;
    readonly cwd: string;
  }) {
    const { command, env, uid, cwd } = options;
    const user = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--no-new-privs', '--bounding-set=-all'];
    const namespaces = ['--net', '--pid', '--mount-proc', '--fork', '--kill-child'];
    const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh', 'setpriv', ...user, '--inh-caps=-all', '--'];
    this.#outer = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'unshare', ...namespaces, ...inside, ...command], {
      cwd,
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env },
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

  /** The first process of the namespaces, as seen from outside. */
  get pid(): number {
    const outer = this.#outer.pid;
    const pid = Number.parseInt(readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8'), 10);
    if (Number.isNaN(pid)) throw new Error(`the program has no process:\n${this.#log}`);
    return pid;
  }

  /** One file of /proc/<pid> of the first process. */
  proc(file: string): string {
    return readFileSync(`/proc/${this.pid}/${file}`, 'utf8');
  }

  /** A GET request from inside, to loopback. */
  async get(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const source = `
      const answer = await fetch(process.argv[1], { headers: JSON.parse(process.argv[2]), signal: AbortSignal.timeout(10_000) });
      console.log(JSON.stringify({ status: answer.status, body: await answer.text() }));`;
    const node = [process.execPath, '--input-type=module', '--eval', source];
    const request = [`http://127.0.0.1:${port}${path}`, JSON.stringify(headers)];
    const { stdout } = await run('nsenter', ['--target', `${this.pid}`, '--net', ...node, '--', ...request]);
    return JSON.parse(stdout);
  }

  /** Waits until `path` answers; throws when the program ends first or after two minutes. */
  async ready(port: number, path: string): Promise<Answer> {
    const deadline = performance.now() + 120_000;
    while (true) {
      if (this.#outer.exitCode !== null) throw new Error(`ended with ${this.#outer.exitCode}:\n${this.#log}`);
      // Refused until it listens, and the process may still be on its way into the namespaces.
      const answer = await this.get(port, path).catch(() => undefined);
      if (answer) return answer;
      if (performance.now() > deadline) throw new Error(`not ready:\n${this.#log}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Asks the program to end, as the kubelet does, and returns its exit status. */
  async stop(): Promise<number | null> {
    if (this.#outer.exitCode === null && this.#outer.signalCode === null) process.kill(this.pid, 'SIGTERM');
    return await this.exited;
  }

  /** Ends everything at once. */
  dispose(): void {
    if (this.#outer.exitCode === null && this.#outer.signalCode === null) this.#outer.kill('SIGKILL');
  }
}
