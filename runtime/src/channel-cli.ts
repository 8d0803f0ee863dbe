import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, Sink } from './channel.ts';

/** Lines in, answers out. Whoever reaches the process's standard input is the operator. */
export class CliChannel implements Channel {
  readonly kind = 'cli';
  readonly textLimit = 1_000_000;
  readonly #input: NodeJS.ReadableStream;
  readonly #output: NodeJS.WritableStream;
  readonly #prompt: string;
  readonly #waiting = new Set<string>();
  #lines: ReturnType<typeof createInterface> | undefined;
  #closed: Promise<unknown> = Promise.resolve();

  /** @param prompt is shown before each line; empty when the input is no terminal */
  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, prompt: string) {
    this.#input = input;
    this.#output = output;
    this.#prompt = prompt;
  }

  async start(sink: Sink): Promise<void> {
    const lines = createInterface({
      input: this.#input,
      output: this.#prompt === '' ? undefined : this.#output,
      prompt: this.#prompt,
    } as never);
    this.#lines = lines;
    // On a terminal readline takes Ctrl-C for itself.
    lines.on('SIGINT', () => lines.close());
    this.#closed = this.#read(lines, sink);
    if (this.#prompt !== '') lines.prompt();
  }

  async #read(lines: AsyncIterable<string>, sink: Sink): Promise<void> {
    for await (const line of lines) {
      const text = line.trim();
      if (text === '') continue;
      const id = `cli:${randomUUID()}`;
      this.#waiting.add(id);
      const message = {
        id,
        channel: 'cli',
        session: 'cli:local',
        sender: 'local',
        trust: 'operator',
        text,
        replyTo: { channel: 'cli', to: 'local' },
      } as const;
      while ((await sink(message)) === 'full') await sleep(500);
    }
  }

  async send(_to: string, text: string, key: string): Promise<void> {
    if (!this.#output.write(`${text}\n`)) await once(this.#output, 'drain');
    this.#waiting.delete(key.slice(0, key.lastIndexOf('/')));
    if (this.#prompt !== '') this.#lines?.prompt();
  }

  /** Resolves when the input has ended and every line was answered, or on abort. */
  async finished(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#closed, once(signal, 'abort')]);
    while (this.#waiting.size > 0 && !signal.aborted) await sleep(50);
  }

  async stop(): Promise<void> {
    this.#lines?.close();
  }

  problem(): undefined {
    return undefined;
  }
}
