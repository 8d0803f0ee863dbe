import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ConfigInput } from '../src/config.ts';
import { pause } from './matrix-person.ts';

export type MatrixInput = NonNullable<NonNullable<ConfigInput['channels']>['matrix']>;

/** The agent's side, `matrix-echo.ts`, in a process that can be killed and started again. */
export class Echo {
  readonly #file: string;
  readonly lines: Record<string, unknown>[] = [];
  output = '';
  #process: ChildProcess | undefined;

  constructor(folder: string, matrix: MatrixInput) {
    this.#file = join(folder, 'config.json');
    const defaults = { identities: {}, unencryptedRooms: [], devices: 'signed' };
    writeFileSync(this.#file, JSON.stringify({ state: join(folder, 'state'), matrix: { ...defaults, ...matrix } }));
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'matrix-echo.ts'), this.#file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stderr.on('data', (chunk) => {
      this.output += String(chunk);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.output += `${line}\n`;
      this.lines.push(JSON.parse(line) as Record<string, unknown>);
    });
    const from = this.lines.length;
    await this.says((line, index) => index >= from && ['ready', 'refused'].includes(String(line.msg)));
  }

  async says(found: (line: Record<string, unknown>, index: number) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const line = this.lines.find(found);
      if (line !== undefined) return line;
      if (this.#process?.exitCode != null && this.#process.stdout?.readableEnded !== false)
        throw new Error(`the process has ended: ${this.output}`);
      await pause();
    }
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}
