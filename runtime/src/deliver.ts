import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from './bus.ts';
import { type Channel, SendError } from './channel.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { describe } from './secrets.ts';
import { stored } from './stored.ts';

/**
 * Takes answers for one channel from the outbox: until `draining` and nothing is due, at the latest until `killing`. A
 * delivery that `killing` interrupts is tried again at the next start.
 */
export async function deliver(
  channel: Channel,
  { bus, metrics, log }: { bus: Bus; metrics: Metrics; log: Logger },
  draining: AbortSignal,
  killing: AbortSignal,
): Promise<void> {
  while (!killing.aborted) {
    try {
      const claim = await bus.outbox.claim(channel.kind);
      if (claim === undefined) {
        if (draining.aborted) return;
        await bus.outbox.ready(draining);
        continue;
      }
      const { to, text, key } = claim.message;
      try {
        await channel.send(to, text, key, killing);
      } catch (error) {
        if (killing.aborted) return await bus.outbox.release(claim);
        const permanent = error instanceof SendError && error.permanent;
        const next = await stored(() => bus.outbox.fail(claim, describe(error), { permanent }), killing, log);
        metrics.sent.inc({ channel: channel.kind, outcome: next });
        log.warn({ channel: channel.kind, message: key, err: error, next }, 'delivery failed');
        continue;
      }
      await stored(() => bus.outbox.done(claim), killing, log);
      metrics.sent.inc({ channel: channel.kind, outcome: 'sent' });
    } catch (error) {
      // The store itself fails: a full disk. The lease gives the message back.
      log.error({ err: error }, 'store failed');
      if (draining.aborted) return;
      await sleep(1000, undefined, { signal: draining }).catch(() => {});
    }
  }
}
