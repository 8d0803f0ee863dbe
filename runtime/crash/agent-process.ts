import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Control, type Fault, faultVariable } from './faults.ts';
import type { MemoryLimit } from './memory-limit.ts';
import { recorderVariable } from './recorder-variable.ts';

const main = new URL('../src/main.ts', import.meta.url).pathname;
const preload = new URL('preload.ts', import.meta.url).href;
const kept = 20_000;

/** The real program, `node src/main.ts agent`, with what `preload.ts` adds. */
export class AgentProcess {
  readonly #child: ChildProcess;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #output = '';
  #wake: (() => void)[] = [];

  constructor(config: string, recorder: string, fault: Fault | undefined, limit: MemoryLimit | undefined) {
    const node = [process.execPath, '--import', preload, main, 'agent', '--config', config];
    // Node sizes its heap by the limit that it starts with.
    const joined = ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', limit?.folder ?? '', ...node];
    const [command = '', ...args] = limit === undefined ? node : joined;
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...process.env,
        [recorderVariable]: recorder,
        ...(fault === undefined ? {} : { [faultVariable]: JSON.stringify(fault) }),
      },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.#output = (this.#output + String(chunk)).slice(-kept);
        for (const wake of this.#wake) wake();
      });
    this.exit = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
    this.exit.then(() => {
      for (const wake of this.#wake) wake();
    });
  }

  /** The end of what it wrote. */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** False when it ends before. */
  async said(text: string): Promise<boolean> {
    while (!this.#output.includes(text)) {
      if (!this.running) return false;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
      this.#wake = [];
    }
    return true;
  }

  async tell(control: Control): Promise<void> {
    const told = once(this.#child, 'message');
    this.#child.send(control);
    await told;
  }

  kill(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  /** Resident memory now, or at its peak, in bytes; 0 when it has ended. */
  memory(which: 'VmRSS' | 'VmHWM'): number {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return Number(new RegExp(`^${which}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  }
}
