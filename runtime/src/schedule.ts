import { Cron } from 'croner';
import type { Bus, Inbound } from './bus.ts';
import type { Sink } from './channel.ts';
import { type Config, ConfigError } from './config.ts';
import type { Logger } from './log.ts';

type ScheduleConfig = Config['schedules'][string];

export interface ScheduleContext {
  readonly sink: Sink;
  readonly inbox: Bus['inbox'];
  /** Ends the run that works on a message of this id, if one does. */
  cancel(id: string): void;
  readonly log: Logger;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

// How long a change of the clock goes unnoticed.
const longestWait = 30_000;

interface Entry extends ScheduleConfig {
  readonly name: string;
  readonly pattern: Cron;
  /** Everything up to here was seen to; milliseconds since 1970. */
  seen: number;
}

/**
 * Messages at given times. The id of one is its schedule and the time that was planned, so that a restart or a clock that
 * goes back repeats nothing. What was missed, by a stop or a clock that jumped ahead, is made up for once: the latest time
 * that is not older than `deadlineSeconds`; the others are left out. Local times that a change of the clocks skips fire right
 * after it, those that it repeats fire once.
 */
export class Schedules {
  readonly #entries: readonly Entry[];
  readonly #context: ScheduleContext;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<unknown> = Promise.resolve();
  #stopped = false;

  /** @throws ConfigError for a pattern or a time zone that is none, and a pattern that never fires */
  constructor(schedules: Config['schedules'], context: ScheduleContext) {
    this.#context = context;
    this.#now = context.now ?? Date.now;
    const problems: string[] = [];
    this.#entries = Object.entries(schedules).flatMap(([name, schedule]) => {
      try {
        // Paused: its own timer runs by a clock that cannot be replaced, and forgets what a restart missed.
        const pattern = new Cron(schedule.cron, { mode: '5-part', timezone: schedule.timeZone, paused: true });
        if (pattern.nextRun(new Date(this.#now())) !== null) return [{ ...schedule, name, pattern, seen: 0 }];
        problems.push(`schedules.${name}.cron: never fires`);
      } catch (error) {
        problems.push(`schedules.${name}: ${(error as Error).message}`);
      }
      return [];
    });
    if (problems.length > 0) throw new ConfigError('config', problems);
  }

  start(): void {
    this.#ticking = this.tick()
      .catch((error: unknown) => {
        this.#context.log.error({ err: error }, 'schedules failed');
        return longestWait;
      })
      .then((wait) => {
        if (!this.#stopped) this.#timer = setTimeout(() => this.start(), wait);
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#ticking;
  }

  /** Puts what is due; returns the milliseconds until there may be more. */
  async tick(): Promise<number> {
    const now = this.#now();
    let wait = longestWait;
    for (const entry of this.#entries) {
      // A clock that was ahead must not keep a schedule silent until it is there again; the ids keep it from repeating.
      if (entry.seen > now) entry.seen = 0;
      const due: Date[] = [];
      let next = entry.pattern.nextRun(new Date(Math.max(entry.seen, now - entry.deadlineSeconds * 1000)));
      while (next !== null && next.getTime() <= now) {
        due.push(next);
        next = entry.pattern.nextRun(next);
      }
      if (next !== null) wait = Math.min(wait, next.getTime() - now);
      const latest = due.at(-1);
      if (due.length > 1) this.#context.log.warn({ schedule: entry.name, missed: due.length - 1 }, 'firings left out');
      if (latest === undefined || (await this.#fire(entry, latest))) entry.seen = now;
    }
    return Math.max(wait, 10);
  }

  /** False when the inbox is full: the next tick tries again. */
  async #fire({ name, concurrency, prompt, deliverTo }: Entry, at: Date): Promise<boolean> {
    const { sink, inbox, cancel, log } = this.#context;
    const id = `schedule:${name}:${at.toISOString()}`;
    // Messages of one session wait for each other.
    const session = concurrency === 'Allow' ? id : `schedule:${name}`;
    if (concurrency === 'Forbid' && (await inbox.busy(session))) {
      log.warn({ schedule: name, message: id }, 'left out: the last firing is still being worked on');
      return true;
    }
    const message: Inbound = {
      id,
      channel: 'schedule',
      session,
      sender: name,
      // Whoever writes the configuration is an operator.
      trust: 'operator',
      text: prompt,
      replyTo: deliverTo,
    };
    const outcome = await sink(message);
    if (outcome === 'accepted' && concurrency === 'Replace')
      for (const replaced of await inbox.clear(session, id)) cancel(replaced);
    log.info({ schedule: name, message: id, outcome }, 'schedule fired');
    return outcome !== 'full';
  }
}
