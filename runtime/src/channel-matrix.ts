import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ISyncResponse } from 'matrix-js-sdk';
import type { Inbound } from './bus.ts';
import { type Channel, SendError, type Sink } from './channel.ts';
import type { Logger } from './log.ts';
import { type MatrixConfig, MatrixRefusal, type MatrixSession } from './matrix-account.ts';
import { MatrixHearing } from './matrix-hearing.ts';
import { sinceInvited } from './matrix-message.ts';
import { MatrixRooms, type RawEvent } from './matrix-rooms.ts';
import { MatrixSessions } from './matrix-session.ts';
import { MatrixStore, type WaitingEvent } from './matrix-store.ts';
import { missed, request, sync } from './matrix-sync.ts';
import type { Metrics } from './metrics.ts';
import { describe, readSecret } from './secrets.ts';

/** An order that is older is not followed any more when its key comes. */
const longestWait = 3_600_000;

interface Open extends MatrixSession {
  readonly rooms: MatrixRooms;
  readonly hearing: MatrixHearing;
}

/**
 * Matrix, end-to-end encrypted. The sync loop is our own, not the SDK's: the next sync confirms the last one, so its token
 * is stored when every message is durable; and no timeline is kept in memory.
 */
export class MatrixChannel implements Channel {
  readonly kind = 'matrix';
  /** An event has at most 65,536 bytes; a character of the text may take six in JSON, and base64 adds a third. */
  readonly textLimit = 8000;
  readonly #config: MatrixConfig;
  readonly #store: MatrixStore;
  readonly #sessions: MatrixSessions;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #stopping = new AbortController();
  #listening: Promise<void> = Promise.resolve();
  #open: Open | undefined;
  /** The first try to connect has ended, one way or the other. */
  readonly #tried = Promise.withResolvers<void>();
  #news = new AbortController();
  #problem: string | undefined;

  constructor(config: MatrixConfig, state: string, log: Logger, metrics: Metrics) {
    this.#config = config;
    this.#log = log.child({ channel: this.kind });
    this.#metrics = metrics;
    // A secret that cannot be read is found before anything else is done.
    readSecret('token' in config.login ? config.login.token : config.login.password);
    this.#store = new MatrixStore(state);
    this.#sessions = new MatrixSessions(config, this.#store, this.#log);
  }

  async start(sink: Sink): Promise<void> {
    try {
      await this.#connect();
    } catch (error) {
      if (error instanceof MatrixRefusal) throw error;
      this.#problem = describe(error);
      this.#log.warn({ err: error }, 'not connected yet');
    } finally {
      this.#tried.resolve();
    }
    this.#listening = this.#listen(sink);
  }

  async #connect(): Promise<Open> {
    if (this.#open !== undefined) return this.#open;
    const session = await this.#sessions.open();
    const rooms = new MatrixRooms(session);
    await rooms.open(this.#config.rooms);
    const { CryptoEvent } = await import('matrix-js-sdk/lib/crypto-api/index.js');
    // Keys of devices come beside the sync: what waits for them is tried at once.
    session.client.on(CryptoEvent.DevicesUpdated, () => {
      if (this.#store.waiting().length > 0) this.#news.abort();
    });
    // What the last process did not get rid of: keys of the device, or for others.
    session.crypto.onSyncCompleted({});
    this.#open = { ...session, rooms, hearing: new MatrixHearing(this.#config, session, this.#log, this.#metrics) };
    return this.#open;
  }

  async #listen(sink: Sink): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      this.#news = new AbortController();
      const news = this.#news.signal;
      try {
        const open = await this.#connect();
        if (!(await this.#retry(open, sink))) return;
        const answer = await sync(open, this.#store.since, AbortSignal.any([signal, news]));
        if (!(await this.#take(open, answer, sink))) return;
        failures = 0;
        this.#problem = undefined;
      } catch (error) {
        if (signal.aborted) return;
        if (news.aborted) continue;
        this.#problem = describe(error);
        this.#log.warn({ err: error }, 'sync failed');
        await sleep(await pause(error, failures), undefined, { signal }).catch(() => {});
        failures += 1;
      }
    }
  }

  /** False when the program stops before everything is durable: then the next start hears it again. */
  async #take(open: Open, answer: ISyncResponse, sink: Sink): Promise<boolean> {
    const { crypto, rooms, user } = open;
    const { since } = this.#store;
    const { join = {}, leave = {}, invite = {} } = answer.rooms ?? {};
    const joined = Object.entries(join).filter(([id]) => this.#config.rooms.includes(id));
    for (const [id, { state, timeline }] of joined) {
      await rooms.enter(id);
      await rooms.change(id, [...raw(state?.events ?? []), ...raw(timeline.events)]);
    }
    await crypto.processSyncChanges({
      toDeviceEvents: answer.to_device?.events ?? [],
      ...(answer.device_lists && { deviceLists: answer.device_lists }),
      ...(answer.device_one_time_keys_count && { oneTimeKeysCounts: answer.device_one_time_keys_count }),
      ...(answer.device_unused_fallback_key_types && { unusedFallbackKeys: answer.device_unused_fallback_key_types }),
    });
    for (const id of Object.keys(leave)) rooms.leave(id);
    for (const [id, { invite_state }] of Object.entries(invite))
      await this.#invited(open, id, raw(invite_state.events));

    const waiting: WaitingEvent[] = [];
    // What was said before the first sync was not said to the agent.
    for (const [id, { timeline }] of since === undefined ? [] : joined) {
      if (rooms.get(id) === undefined) {
        this.#log.warn({ room: id }, 'a room is not heard: the server refuses its state');
        continue;
      }
      const gap = { since: since ?? '', until: timeline.prev_batch ?? '' };
      const pages = timeline.limited ? missed(open, id, gap, this.#stopping.signal) : [];
      for await (const page of pages)
        if (!(await this.#hear(open, id, sinceInvited(page, user), sink, waiting))) return false;
      if (!(await this.#hear(open, id, sinceInvited(raw(timeline.events), user), sink, waiting))) return false;
    }
    this.#store.advance(answer.next_batch, waiting);
    crypto.onSyncCompleted({ nextSyncToken: answer.next_batch });
    return true;
  }

  async #invited(open: Open, room: string, state: readonly RawEvent[]): Promise<void> {
    if (!open.hearing.follows(state, room)) return;
    const { MatrixError } = await import('matrix-js-sdk');
    try {
      await request(open, 'POST', `/rooms/${encodeURIComponent(room)}/join`, {
        body: {},
        signal: this.#stopping.signal,
      });
      this.#log.info({ room }, 'joined');
    } catch (error) {
      // What the network loses comes again with the same sync; what the server refuses stays so.
      if (!(error instanceof MatrixError) || error.isRateLimitError()) throw error;
      this.#log.warn({ room, err: error }, 'cannot join');
    }
  }

  async #hear(
    open: Open,
    room: string,
    events: readonly RawEvent[],
    sink: Sink,
    waiting: WaitingEvent[],
  ): Promise<boolean> {
    for (const event of events) {
      const heard = await open.hearing.hear(event, room);
      if (heard === 'waiting') {
        waiting.push({ id: event.event_id, room, event, since: Date.now() });
        const { sender, event_id } = event;
        this.#log.info({ sender, room, event: event_id, reason: open.hearing.reason }, 'a message waits for its key');
      } else if (heard !== undefined && !(await this.#deliver(heard, sink))) return false;
    }
    return true;
  }

  /** What could not be read yet. */
  async #retry({ hearing }: Open, sink: Sink): Promise<boolean> {
    for (const { id, room, event, since } of this.#store.waiting()) {
      const late = Date.now() - since > longestWait;
      const heard = late ? hearing.refuse(event, room, 'its key did not come') : await hearing.hear(event, room);
      if (heard === 'waiting') continue;
      if (heard !== undefined && !(await this.#deliver(heard, sink))) return false;
      this.#store.settle(id);
    }
    return true;
  }

  /** False when the program stops before the message is durable. */
  async #deliver(message: Inbound, sink: Sink): Promise<boolean> {
    while ((await sink(message)) === 'full') {
      await sleep(1000, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) return false;
    }
    return true;
  }

  async send(to: string, text: string, key: string, signal: AbortSignal): Promise<void> {
    if (!this.#config.rooms.includes(to)) throw new SendError('the room is not one of the configuration', true);
    // Deliveries begin before the channel does; a failure would cost a try.
    if (this.#open === undefined) await Promise.race([this.#tried.promise, aborted(signal)]);
    const open = this.#open;
    if (open === undefined) throw new SendError('not connected', false);
    const room = open.rooms.get(to);
    if (room === undefined) throw new SendError('the agent is not in the room', false);
    const { MatrixError, MatrixEvent } = await import('matrix-js-sdk');
    // Without `m.mentions` a server would find `@room` in the text.
    const content = { msgtype: 'm.text', body: text, 'm.mentions': {} };
    const event = new MatrixEvent({ type: 'm.room.message', room_id: to, sender: open.user, content });
    try {
      const plain = this.#config.unencryptedRooms.includes(to) && !(await open.crypto.isEncryptionEnabledInRoom(to));
      if (!plain) await open.crypto.encryptEvent(event, room);
      const transaction = createHash('sha256').update(key).digest('base64url');
      await request(open, 'PUT', `/rooms/${encodeURIComponent(to)}/send/${event.getWireType()}/${transaction}`, {
        body: event.getWireContent(),
        signal,
      });
    } catch (error) {
      const final = ['M_FORBIDDEN', 'M_TOO_LARGE', 'M_BAD_JSON'];
      throw new SendError(describe(error), error instanceof MatrixError && final.includes(error.errcode ?? ''));
    }
  }

  /** Sending goes on: answers are delivered after this. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#listening;
  }

  problem(): string | undefined {
    if (this.#problem !== undefined) return this.#problem;
    const refused = [...(this.#open?.rooms.refused ?? [])];
    if (refused.length > 0)
      return `the server refuses the state of ${refused.join(', ')}: nothing is heard there; invite the agent again`;
    const waiting = this.#store.waiting().length;
    return waiting === 0 ? undefined : `${waiting} messages wait for their keys: ${this.#open?.hearing.reason ?? ''}`;
  }
}

const raw = (events: readonly unknown[]): readonly RawEvent[] => events as readonly RawEvent[];

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Milliseconds until the next try: what the server asks for, or up to a minute. */
async function pause(error: unknown, failures: number): Promise<number> {
  const { MatrixError } = await import('matrix-js-sdk');
  const asked = error instanceof MatrixError && error.isRateLimitError() ? (error.getRetryAfterMs() ?? 0) : 0;
  return Math.max(asked, Math.min(60, 2 ** failures) * 1000);
}
