import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './log.ts';

// Ten minutes: about as long as a lease, after which somebody else may have the message.
const tries = 600;
const wait = 1000;

/**
 * Repeats a write that says what has been done, while the store fails: a full disk. Without it the work would be done again.
 * @throws what the store throws, after `signal` or too many tries
 */
export async function stored<T>(write: () => Promise<T>, signal: AbortSignal, log: Logger): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await write();
    } catch (error) {
      if (signal.aborted || left === 0) throw error;
      log.error({ err: error }, 'store failed');
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  }
}
