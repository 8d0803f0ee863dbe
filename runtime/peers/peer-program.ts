import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that serves HTTP, and ends with the test. */
export class PeerProgram {
  readonly #child: ChildProcess;
  output = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.output += String(chunk);
      });
  }

  /** Resolves when the address answers anything. @throws Error with the output when the program ends before */
  async answers(url: string): Promise<void> {
    for (;;) {
      this.alive();
      if (
        await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
          () => true,
          () => false,
        )
      )
        return;
      await sleep(100);
    }
  }

  /** @throws Error with the output when it has ended */
  alive(): void {
    if (this.#child.exitCode !== null || this.#child.pid === undefined) throw new Error(`it ended: ${this.output}`);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
