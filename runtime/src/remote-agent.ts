import { z } from 'zod';
import type { Inbound, PutResult } from './bus.ts';
import { type Channel, SendError } from './channel.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type Answer, ask, type Link, serve } from './remote-link.ts';
import { describe } from './secrets.ts';

const inboxMilliseconds = 10_000;
const sendSchema = z.strictObject({ to: z.string().min(1), text: z.string(), key: z.string().min(1) });

/** The agent as one channel of the role `channel` sees it: takes what the channel hears, and has it send. */
export class RemoteAgent {
  readonly #channel: Channel;
  readonly #link: Link;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  #server: { close(): Promise<void> } | undefined;
  #problem: string | undefined;
  #isAway = false;

  constructor(channel: Channel, link: Link, log: Logger, metrics: Metrics) {
    this.#channel = channel;
    this.#link = link;
    this.#log = log.child({ channel: channel.kind });
    this.#metrics = metrics;
  }

  async start(): Promise<void> {
    this.#server = await serve(this.#link, this.#channel.kind, 'channel', {
      'POST /send': (body, signal) => this.#send(body, signal),
      'GET /status': async () => {
        // The agent is back; a channel that hears little would not know for long.
        if (this.#isAway) this.#problem = undefined;
        const problem = this.#channel.problem() ?? null;
        return { status: 200, body: { problem, textLimit: this.#channel.textLimit } };
      },
    });
    await this.#channel.start((message) => this.#put(message));
  }

  /** `full` is also what an agent that is away says: nothing was stored, and the channel asks again. */
  async #put(message: Inbound): Promise<PutResult> {
    const outcome = await this.#ask(message);
    this.#metrics.received.inc({ channel: message.channel, outcome });
    return outcome;
  }

  async #ask(message: Inbound): Promise<PutResult> {
    const before = this.#problem;
    try {
      const signal = AbortSignal.timeout(inboxMilliseconds);
      const { status, body } = await ask(this.#link, message.channel, 'agent', ['POST', '/inbox'], message, signal);
      const { outcome, error } = body;
      this.#isAway = false;
      if (status === 200 && (outcome === 'accepted' || outcome === 'duplicate')) {
        this.#problem = undefined;
        return outcome;
      }
      this.#problem = outcome === 'full' ? 'the inbox of the agent is full' : `the agent answers ${status}: ${error}`;
    } catch (error) {
      this.#isAway = true;
      this.#problem = `the agent does not answer: ${describe(error)}`;
    }
    if (this.#problem !== before) this.#log.warn({ problem: this.#problem }, 'messages wait');
    return 'full';
  }

  async #send(body: unknown, signal: AbortSignal): Promise<Answer> {
    const { success, data } = sendSchema.safeParse(body);
    if (!success) return { status: 400, body: { error: 'not an answer', permanent: true } };
    const { kind } = this.#channel;
    try {
      await this.#channel.send(data.to, data.text, data.key, signal);
      this.#metrics.sent.inc({ channel: kind, outcome: 'sent' });
      return { status: 200, body: {} };
    } catch (error) {
      const permanent = error instanceof SendError && error.permanent;
      this.#metrics.sent.inc({ channel: kind, outcome: permanent ? 'dead' : 'retry' });
      this.#log.warn({ message: data.key, err: error, permanent }, 'delivery failed');
      return { status: 502, body: { error: describe(error), permanent } };
    }
  }

  /** Hears nothing more; then sends nothing more. */
  async stop(): Promise<void> {
    await this.#channel.stop();
    await this.#server?.close();
    await this.#channel.close?.();
  }

  problems(): string[] {
    return [this.#channel.problem(), this.#problem]
      .filter((problem) => problem !== undefined)
      .map((problem) => `${this.#channel.kind}: ${problem}`);
  }
}
