import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Inbound } from './bus.ts';
import { type Channel, SendError, type Sink } from './channel.ts';
import type { Logger } from './log.ts';
import { type Answer, ask, type Link, serve, Unreachable } from './remote-link.ts';
import { describe } from './secrets.ts';

/** Until the other process has said how long its messages may be: no service takes less. */
const shortestLimit = 2000;
const lookMilliseconds = 5000;
/** How long one delivery waits for the other process, which may be starting; shorter than the lease of a message. */
const waitMilliseconds = 60_000;
const sendMilliseconds = 120_000;

/**
 * A channel of another process, role `channel`: that one holds the credentials of the service, and says who is heard and
 * how far. Takes its messages at POST /inbox, and sends by its POST /send.
 */
export class RemoteChannel implements Channel {
  readonly kind: string;
  readonly #link: Link;
  readonly #kinds: readonly string[];
  readonly #log: Logger;
  readonly #closing = new AbortController();
  #server: { close(): Promise<void> } | undefined;
  #looking: Promise<void> = Promise.resolve();
  #problem: string | undefined;
  #textLimit = shortestLimit;

  /** @param kinds of all channels of the agent: where answers may go */
  constructor(kind: string, link: Link, kinds: readonly string[], log: Logger) {
    this.kind = kind;
    this.#link = link;
    this.#kinds = kinds;
    this.#log = log.child({ channel: kind });
  }

  get textLimit(): number {
    return this.#textLimit;
  }

  async start(sink: Sink): Promise<void> {
    const schema = inboundSchema(this.kind, this.#kinds);
    this.#server = await serve(this.#link, this.kind, 'agent', {
      'POST /inbox': async (body): Promise<Answer> => {
        const { success, data } = schema.safeParse(body);
        if (!success) {
          this.#log.warn('a message of the channel is not one');
          return { status: 400, body: { error: 'not a message of this channel' } };
        }
        const outcome = await sink(data as Inbound);
        return { status: outcome === 'full' ? 503 : 200, body: { outcome } };
      },
    });
    await this.#look();
    this.#looking = this.#keepLooking();
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await sleep(lookMilliseconds, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    const before = this.#problem;
    try {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(lookMilliseconds)]);
      const { status, body } = await ask(this.#link, this.kind, 'channel', ['GET', '/status'], undefined, signal);
      if (status !== 200) throw new Error(`it answers ${status}: ${String(body.error)}`);
      const { problem, textLimit } = statusSchema.parse(body);
      this.#textLimit = textLimit;
      this.#problem = problem ?? undefined;
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#problem = `the process of the channel does not answer: ${describe(error)}`;
    }
    if (this.#problem !== before && this.#problem !== undefined) this.#log.warn({ problem: this.#problem }, 'problem');
  }

  async send(to: string, text: string, key: string, signal: AbortSignal): Promise<void> {
    const { status, body } = await this.#ask({ to, text, key }, signal);
    if (status === 200) return;
    throw new SendError(`${status}: ${String(body.error)}`, body.permanent === true);
  }

  async #ask(message: object, signal: AbortSignal): Promise<Answer> {
    for (const until = performance.now() + waitMilliseconds; ; ) {
      try {
        const bounded = AbortSignal.any([signal, AbortSignal.timeout(sendMilliseconds)]);
        return await ask(this.#link, this.kind, 'channel', ['POST', '/send'], message, bounded);
      } catch (error) {
        // That the process starts, or starts again, is no failure of the service: it would cost a try, and a longer wait.
        // The service may have the message already; the key says so.
        if (!(error instanceof Unreachable) || signal.aborted || performance.now() > until)
          throw new SendError(describe(error), false);
        await sleep(500, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** What is being taken in is stored and answered; the process keeps the rest. */
  async stop(): Promise<void> {
    await this.#server?.close();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#looking;
  }

  problem(): string | undefined {
    return this.#problem;
  }
}

const statusSchema = z.object({ problem: z.string().nullable(), textLimit: z.int().min(1) });

/** The process speaks for its own channel only; what programs send is never an instruction. */
function inboundSchema(kind: string, kinds: readonly string[]) {
  const own = z.string().startsWith(`${kind}:`);
  const isWebhook = kind === 'webhook';
  return z.strictObject({
    id: own,
    channel: z.literal(kind),
    session: own,
    sender: z.string().min(1),
    trust: isWebhook ? z.literal('data') : z.enum(['operator', 'data']),
    text: z.string(),
    data: z.string().optional(),
    replyTo: z.strictObject({ channel: isWebhook ? z.enum(kinds) : z.literal(kind), to: z.string().min(1) }),
  });
}
