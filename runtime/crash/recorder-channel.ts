import { setTimeout as sleep } from 'node:timers/promises';
import { type Channel, SendError, type Sink } from '../src/channel.ts';

export interface Update {
  readonly seq: number;
  readonly id: string;
  readonly to: string;
  readonly text: string;
}

/** A service that takes an idempotency key with each message, and repeats what it was not told to forget: `Recorder` in peers.ts. */
export class RecorderChannel implements Channel {
  readonly kind = 'recorder';
  readonly textLimit = 4000;
  readonly #url: string;
  readonly #stopping = new AbortController();
  #polling: Promise<void> = Promise.resolve();

  constructor(url: string) {
    this.#url = url;
  }

  async start(sink: Sink): Promise<void> {
    this.#polling = this.#poll(sink);
  }

  async #poll(sink: Sink): Promise<void> {
    const { signal } = this.#stopping;
    let seen = 0;
    while (!signal.aborted) {
      try {
        const response = await fetch(`${this.#url}/recorder/updates?seen=${seen}`, { signal });
        for (const { seq, id, to, text } of (await response.json()) as Update[]) {
          const message = {
            id: `recorder:${id}`,
            channel: this.kind,
            session: `recorder:${to}`,
            sender: 'operator',
            trust: 'operator',
            text,
            replyTo: { channel: this.kind, to },
          } as const;
          while ((await sink(message)) === 'full') await sleep(20, undefined, { signal });
          seen = seq;
        }
      } catch {
        if (!signal.aborted) await sleep(100);
      }
    }
  }

  async send(to: string, text: string, key: string, signal: AbortSignal): Promise<void> {
    try {
      const response = await fetch(`${this.#url}/recorder/messages/${encodeURIComponent(key)}`, {
        method: 'PUT',
        body: JSON.stringify({ to, text }),
        signal,
      });
      if (!response.ok) throw new Error(String(response.status));
      await response.arrayBuffer();
    } catch (error) {
      throw new SendError(String(error), false);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  problem(): undefined {
    return undefined;
  }
}
