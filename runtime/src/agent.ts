import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, Claim, Inbound } from './bus.ts';
import type { Channel } from './channel.ts';
import { deliver } from './deliver.ts';
import { filterOutbound, split } from './outbound.ts';
import { type RunContext, run } from './run.ts';
import { describe, redact } from './secrets.ts';
import { stored } from './stored.ts';

export interface AgentContext extends RunContext {
  readonly bus: Bus;
  readonly channels: readonly Channel[];
}

const shortestLimit = 4000;

/** Takes messages from the inbox until `stop`, several sessions at a time. */
export class Agent {
  readonly #context: AgentContext;
  readonly #draining = new AbortController();
  readonly #answered = new AbortController();
  readonly #killing = new AbortController();
  readonly #running = new Map<string, AbortController>();
  #runs: Promise<unknown> = Promise.resolve();
  #deliveries: Promise<unknown> = Promise.resolve();

  constructor(context: AgentContext) {
    this.#context = context;
  }

  start(): void {
    const { config, channels } = this.#context;
    this.#runs = Promise.all(Array.from({ length: config.agent.concurrency }, () => this.#consume()));
    this.#deliveries = Promise.all(
      channels.map((channel) => deliver(channel, this.#context, this.#answered.signal, this.#killing.signal)),
    );
  }

  /** Ends what is running and delivers its answers; after `seconds` the rest goes back to the queues. */
  async stop(seconds: number): Promise<void> {
    this.#draining.abort();
    const timer = setTimeout(() => this.#killing.abort(new Error('the program stops')), seconds * 1000);
    await this.#runs;
    this.#answered.abort();
    await this.#deliveries;
    clearTimeout(timer);
  }

  /** Ends the run that works on a message, if one does: its lease is gone, another message took its place. */
  cancel(id: string): void {
    this.#running.get(id)?.abort(new Error('another message took its place'));
  }

  async #consume(): Promise<void> {
    const { bus, log } = this.#context;
    const { signal } = this.#draining;
    while (!signal.aborted) {
      try {
        // With nobody to deliver to, more answers are of no use; the inbox fills up and stops the channels.
        const claim = (await bus.outbox.full()) ? undefined : await bus.inbox.claim();
        if (claim === undefined) await bus.inbox.ready(signal);
        else await this.#handle(claim);
      } catch (error) {
        // The store itself fails: a full disk. The lease gives the message back.
        log.error({ err: error }, 'store failed');
        await sleep(1000, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #handle(claim: Claim<Inbound>): Promise<void> {
    const { bus, config, channels, history, metrics, log } = this.#context;
    const { message } = claim;
    const stopTimer = metrics.seconds.startTimer();
    const cancelled = new AbortController();
    this.#running.set(claim.id, cancelled);
    try {
      const { text, outcome, tainted } = await run(
        message,
        this.#context,
        AbortSignal.any([this.#killing.signal, cancelled.signal]),
      );
      metrics.runs.inc({ outcome });
      metrics.degraded.set(outcome === 'degraded' ? 1 : 0);
      const clean = filterOutbound(redact(text), config.outbound.hosts);
      const limit = channels.find(({ kind }) => kind === message.replyTo.channel)?.textLimit ?? shortestLimit;
      const answers = split(clean, limit).map((part, index) => ({
        key: `${message.id}/${index + 1}`,
        ...message.replyTo,
        text: part,
      }));
      const keep = async () => {
        history.record(message.id, message.session, {
          user: message.data ?? message.text,
          answer: clean,
          data: message.trust === 'data',
          tainted,
        });
        return bus.complete(claim, answers);
      };
      log.info(
        {
          message: message.id,
          session: message.session,
          attempt: claim.attempt,
          outcome,
          stored: await stored(keep, this.#killing.signal, log),
        },
        'message handled',
      );
    } catch (error) {
      if (this.#killing.signal.aborted) {
        await bus.inbox.release(claim);
        return;
      }
      const next = await stored(() => bus.inbox.fail(claim, describe(error)), this.#killing.signal, log);
      metrics.runs.inc({ outcome: next });
      log.error({ message: message.id, err: error, next }, 'message failed');
    } finally {
      this.#running.delete(claim.id);
      stopTimer();
    }
  }
}
