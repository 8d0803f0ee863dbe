import { setTimeout as sleep } from 'node:timers/promises';
import { Api, GrammyError } from 'grammy';
import type { Message, Update } from 'grammy/types';
import type { Inbound } from './bus.ts';
import { type Channel, SendError, type Sink } from './channel.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { describe, readSecret } from './secrets.ts';

type TelegramConfig = NonNullable<Config['channels']['telegram']>;

const pollSeconds = 25;

/**
 * Telegram by long polling. The loop is our own, not grammY's: an update is confirmed, by the offset of the next poll, only
 * when its message is durable; `Bot.stop` would confirm the one that just failed.
 */
export class TelegramChannel implements Channel {
  readonly kind = 'telegram';
  readonly textLimit = 4096;
  readonly #api: Api;
  readonly #allow: ReadonlySet<string>;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #stopping = new AbortController();
  #polling: Promise<void> = Promise.resolve();
  #problem: string | undefined;

  constructor({ token, allow, apiRoot }: TelegramConfig, log: Logger, metrics: Metrics) {
    this.#api = new Api(readSecret(token), apiRoot === undefined ? {} : { apiRoot });
    this.#allow = new Set(allow);
    this.#log = log.child({ channel: 'telegram' });
    this.#metrics = metrics;
  }

  async start(sink: Sink): Promise<void> {
    this.#polling = this.#poll(sink);
  }

  async #poll(sink: Sink): Promise<void> {
    const { signal } = this.#stopping;
    let offset = 0;
    for (let failures = 0; !signal.aborted; ) {
      try {
        const options = { offset, timeout: pollSeconds, allowed_updates: ['message'] as const };
        const updates = await this.#api.getUpdates(
          options,
          AbortSignal.any([signal, AbortSignal.timeout((pollSeconds + 15) * 1000)]) as never,
        );
        failures = 0;
        this.#problem = undefined;
        for (const update of updates) {
          if (!(await this.#take(update, sink))) return;
          offset = update.update_id + 1;
        }
        if (updates.length === 0) await sleep(100, undefined, { signal }).catch(() => {});
      } catch (error) {
        if (signal.aborted) return;
        this.#problem = describe(error);
        this.#log.warn({ err: error }, 'poll failed');
        const wait = error instanceof GrammyError ? error.parameters.retry_after : undefined;
        await sleep((wait ?? Math.min(60, 2 ** failures)) * 1000, undefined, { signal }).catch(() => {});
        failures += 1;
      }
    }
  }

  /** False when the program stops before the message is durable. */
  async #take({ update_id, message }: Update, sink: Sink): Promise<boolean> {
    const inbound = message === undefined ? undefined : this.#inbound(update_id, message);
    if (inbound === undefined) return true;
    while ((await sink(inbound)) === 'full') {
      await sleep(1000, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) return false;
    }
    return true;
  }

  #inbound(update: number, message: Message): Inbound | undefined {
    const text = message.text ?? message.caption;
    // Not `sender_chat`: a channel or an anonymous admin is nobody in particular.
    const sender = message.sender_chat === undefined ? message.from?.id : undefined;
    if (text === undefined || sender === undefined) return undefined;
    if (!this.#allow.has(String(sender))) {
      this.#metrics.received.inc({ channel: this.kind, outcome: 'stranger' });
      this.#log.info({ sender: String(sender) }, 'a stranger is not heard');
      return undefined;
    }
    const to = String(message.chat.id);
    const base = {
      id: `telegram:${update}`,
      channel: this.kind,
      session: `telegram:${to}`,
      sender: String(sender),
      replyTo: { channel: this.kind, to },
    };
    // What somebody passes on is not what they say.
    if (message.forward_origin !== undefined)
      return { ...base, trust: 'data', text: 'The operator forwarded this.', data: text };
    return { ...base, trust: 'operator', text };
  }

  async send(to: string, text: string, _key: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#api.sendMessage(
        to,
        text,
        { link_preview_options: { is_disabled: true } },
        AbortSignal.any([signal, AbortSignal.timeout(30_000)]) as never,
      );
    } catch (error) {
      // Blocked by the user, or no such chat: it stays so.
      const permanent = error instanceof GrammyError && (error.error_code === 400 || error.error_code === 403);
      throw new SendError(describe(error), permanent);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  problem(): string | undefined {
    return this.#problem;
  }
}
