import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks once a second until there is an answer.
 *
 * @param what completes "waited for …"
 * @param seconds how long, at most
 * @param attempt undefined or an error for "not yet"; the last error is told on timeout
 * @param state what there is instead, for the message on timeout
 */
export async function eventually<T>(
  what: string,
  seconds: number,
  attempt: () => Promise<T | undefined>,
  state?: () => Promise<string>,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last = '';
  do {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = `: ${error instanceof Error ? error.message : error}`;
    }
    await delay(1000);
  } while (Date.now() < end);
  throw new Error(`waited ${seconds} s for ${what}${last}${state ? `\n${await state()}` : ''}`);
}
