import { setTimeout as sleep } from 'node:timers/promises';
import { type Channel, SendError, type Sink } from './channel.ts';

/** Hears `GET <apiRoot>/after/<number>`, says `PUT <apiRoot>/<key>`; see `testing-keyed.ts`. */
export class TelegramChannel implements Channel {
  readonly kind = 'telegram';
  readonly textLimit = 4000;
  readonly #root: string;
  readonly #stopping = new AbortController();
  #polling: Promise<void> = Promise.resolve();

  constructor({ apiRoot = '' }: { apiRoot?: string }) {
    this.#root = apiRoot;
  }

  async start(sink: Sink): Promise<void> {
    this.#polling = this.#poll(sink);
  }

  async #poll(sink: Sink): Promise<void> {
    const { signal } = this.#stopping;
    for (let seen = 0; !signal.aborted; ) {
      const texts = (await (await fetch(`${this.#root}/after/${seen}`)).json()) as string[];
      for (const text of texts) {
        const message = {
          id: `telegram:${seen + 1}`,
          channel: this.kind,
          session: `telegram:${seen % 3}`,
          sender: '7',
          trust: 'operator',
          text,
          replyTo: { channel: this.kind, to: '7' },
        } as const;
        while (!signal.aborted && (await sink(message)) === 'full') await sleep(20);
        seen += 1;
      }
      await sleep(20);
    }
  }

  async send(_to: string, text: string, key: string): Promise<void> {
    const { status } = await fetch(`${this.#root}/${encodeURIComponent(key)}`, { method: 'PUT', body: text });
    if (status !== 200) throw new SendError(`the service answers ${status}`, status === 403);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  problem(): undefined {
    return undefined;
  }
}
