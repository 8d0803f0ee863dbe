import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Bus, Claim, DeadLetter, Inbound, Outbound, PutResult, Queue } from './bus.ts';
import { transaction } from './database.ts';

export interface SqliteBusOptions {
  readonly high: number;
  readonly low: number;
  readonly tries: number;
  readonly sendTries: number;
  readonly retentionDays: number;
  /** Longer than the longest run. */
  readonly leaseSeconds: number;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
  /** How often `ready` looks for messages of other processes. @default 500 */
  readonly pollMilliseconds?: number;
}

/** Seconds before the next try; the last one repeats. */
const backoff = [1, 5, 25, 125, 300];
const longestWait = 300_000;

const tables = `
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  queue TEXT NOT NULL,
  id TEXT NOT NULL,
  channel TEXT NOT NULL,
  lane TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  attempts INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL,
  lease INTEGER NOT NULL DEFAULT 0,
  token TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  changed INTEGER NOT NULL,
  UNIQUE (queue, id)
) STRICT;
CREATE INDEX IF NOT EXISTS message_open ON message (queue, lane, seq) WHERE state IN ('pending', 'active');
CREATE INDEX IF NOT EXISTS message_state ON message (queue, state, seq);
`;

interface Row {
  readonly id: string;
  readonly body: string;
  readonly attempts: number;
}

/** One of the two queues; both live in one table, so that one transaction can touch both. */
class SqliteQueue<T> implements Queue<T> {
  readonly #db: DatabaseSync;
  readonly #name: DeadLetter['queue'];
  readonly #options: SqliteBusOptions;
  readonly #tries: number;
  readonly #key: (message: T) => { id: string; channel: string; lane: string };
  readonly #statements = new Map<string, StatementSync>();
  readonly #woken = new EventEmitter();
  readonly #now: () => number;
  #full = false;

  constructor(
    db: DatabaseSync,
    queue: DeadLetter['queue'],
    options: SqliteBusOptions,
    tries: number,
    key: (message: T) => { id: string; channel: string; lane: string },
  ) {
    this.#db = db;
    this.#name = queue;
    this.#options = options;
    this.#tries = tries;
    this.#key = key;
    this.#now = options.now ?? Date.now;
    this.#woken.setMaxListeners(0);
  }

  #sql(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const made = this.#db.prepare(text);
    this.#statements.set(text, made);
    return made;
  }

  async put(message: T): Promise<PutResult> {
    const { id } = this.#key(message);
    if (this.#sql('SELECT 1 FROM message WHERE queue = ? AND id = ?').get(this.#name, id) !== undefined)
      return 'duplicate';
    if (await this.full()) return 'full';
    return this.insert(message) ? 'accepted' : 'duplicate';
  }

  /** Without the marks: what belongs to a message that was accepted is always stored. */
  insert(message: T): boolean {
    const { id, channel, lane } = this.#key(message);
    const now = this.#now();
    const { changes } = this.#sql(
      'INSERT INTO message (queue, id, channel, lane, body, due, changed) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (queue, id) DO NOTHING',
    ).run(this.#name, id, channel, lane, JSON.stringify(message), now, now);
    this.wake();
    return changes === 1;
  }

  wake(): void {
    this.#woken.emit('wake');
  }

  async claim(channel?: string): Promise<Claim<T> | undefined> {
    const now = this.#now();
    const token = randomUUID();
    const row = transaction(this.#db, () => {
      this.#expire(now);
      // A due time far ahead comes from a clock that was ahead; waiting for it could take for ever.
      return this.#sql(
        `UPDATE message SET state = 'active', attempts = attempts + 1, token = ?, lease = ?, changed = ?
         WHERE seq = (
           SELECT seq FROM message m WHERE queue = ? AND state = 'pending' AND (due <= ? OR due > ?) AND (? = '' OR channel = ?)
             AND NOT EXISTS (SELECT 1 FROM message e WHERE e.queue = m.queue AND e.lane = m.lane AND e.seq < m.seq AND e.state IN ('pending', 'active'))
           ORDER BY seq LIMIT 1)
         RETURNING id, body, attempts`,
      ).get(
        token,
        now + this.#options.leaseSeconds * 1000,
        now,
        this.#name,
        now,
        now + longestWait,
        channel ?? '',
        channel ?? '',
      ) as Row | undefined;
    });
    if (row === undefined) return undefined;
    return { message: JSON.parse(row.body) as T, attempt: row.attempts, id: row.id, token };
  }

  /** Whoever held these is gone, or hangs: try again, unless each try ended like that. */
  #expire(now: number): void {
    this.#sql(
      `UPDATE message SET state = CASE WHEN attempts >= ? THEN 'dead' ELSE 'pending' END, token = '', due = ?, changed = ?,
         error = CASE WHEN attempts >= ? THEN 'no try came to an end' ELSE error END
       WHERE queue = ? AND state = 'active' AND (lease <= ? OR lease > ?)`,
    ).run(this.#tries, now, now, this.#tries, this.#name, now, now + this.#options.leaseSeconds * 1000);
  }

  /** The process that held them is known to be gone. */
  recover(): void {
    const now = this.#now();
    this.#sql(`UPDATE message SET lease = 0 WHERE queue = ? AND state = 'active'`).run(this.#name);
    this.#expire(now);
  }

  async done(claim: Claim<T>): Promise<boolean> {
    return this.finish(claim);
  }

  finish(claim: Claim<T>): boolean {
    // The id stays, so that a repetition is known; the text goes.
    const { changes } = this.#sql(
      `UPDATE message SET state = 'done', body = '', token = '', changed = ? WHERE queue = ? AND id = ? AND state = 'active' AND token = ?`,
    ).run(this.#now(), this.#name, claim.id, claim.token);
    this.wake();
    return changes === 1;
  }

  async fail(claim: Claim<T>, error: string, { permanent = false } = {}): Promise<'retry' | 'dead' | 'lost'> {
    const dead = permanent || claim.attempt >= this.#tries;
    const wait = (backoff[Math.min(claim.attempt, backoff.length) - 1] ?? 1) * 1000;
    const now = this.#now();
    const { changes } = this.#sql(
      `UPDATE message SET state = ?, due = ?, error = ?, token = '', changed = ? WHERE queue = ? AND id = ? AND state = 'active' AND token = ?`,
    ).run(dead ? 'dead' : 'pending', now + wait, error.slice(0, 2000), now, this.#name, claim.id, claim.token);
    this.wake();
    return changes === 0 ? 'lost' : dead ? 'dead' : 'retry';
  }

  async release(claim: Claim<T>): Promise<void> {
    this.#sql(
      `UPDATE message SET state = 'pending', attempts = attempts - 1, token = '', changed = ? WHERE queue = ? AND id = ? AND state = 'active' AND token = ?`,
    ).run(this.#now(), this.#name, claim.id, claim.token);
    this.wake();
  }

  async busy(lane: string): Promise<boolean> {
    const open = `SELECT 1 FROM message WHERE queue = ? AND lane = ? AND state IN ('pending', 'active') LIMIT 1`;
    return this.#sql(open).get(this.#name, lane) !== undefined;
  }

  async clear(lane: string, except: string): Promise<string[]> {
    const rows = this.#sql(
      `UPDATE message SET state = 'done', body = '', token = '', changed = ?
       WHERE queue = ? AND lane = ? AND id <> ? AND state IN ('pending', 'active') RETURNING id`,
    ).all(this.#now(), this.#name, lane, except);
    this.wake();
    return (rows as { id: string }[]).map(({ id }) => id);
  }

  async depth(): Promise<{ pending: number; active: number; dead: number }> {
    const depth = { pending: 0, active: 0, dead: 0 };
    for (const state of ['pending', 'active', 'dead'] as const) {
      const row = this.#sql('SELECT count(*) AS n FROM message WHERE queue = ? AND state = ?').get(
        this.#name,
        state,
      ) as { n: number };
      depth[state] = row.n;
    }
    return depth;
  }

  async full(): Promise<boolean> {
    const mark = this.#full ? this.#options.low + 1 : this.#options.high;
    const row = this.#sql(
      `SELECT count(*) AS n FROM (SELECT 1 FROM message WHERE queue = ? AND state IN ('pending', 'active') LIMIT ?)`,
    ).get(this.#name, mark) as { n: number };
    this.#full = row.n >= mark;
    return this.#full;
  }

  async ready(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const timeout = AbortSignal.timeout(this.#options.pollMilliseconds ?? 500);
    await once(this.#woken, 'wake', { signal: AbortSignal.any([signal, timeout]) }).catch(() => {});
  }

  dead(): DeadLetter[] {
    const rows = this.#sql(
      `SELECT id, attempts, error, changed FROM message WHERE queue = ? AND state = 'dead' ORDER BY seq`,
    ).all(this.#name);
    return (rows as { id: string; attempts: number; error: string; changed: number }[]).map(({ changed, ...row }) => ({
      queue: this.#name,
      ...row,
      at: new Date(changed).toISOString(),
    }));
  }

  revive(id: string): boolean {
    const now = this.#now();
    const { changes } = this.#sql(
      `UPDATE message SET state = 'pending', attempts = 0, due = ?, changed = ? WHERE queue = ? AND id = ? AND state = 'dead'`,
    ).run(now, now, this.#name, id);
    this.wake();
    return changes === 1;
  }

  forget(before: number): void {
    this.#sql(`DELETE FROM message WHERE queue = ? AND state = 'done' AND changed < ?`).run(this.#name, before);
  }
}

/** The bus in the agent's SQLite database. The database is the caller's, and stays open. */
export class SqliteBus implements Bus {
  readonly inbox: SqliteQueue<Inbound>;
  readonly outbox: SqliteQueue<Outbound>;
  readonly #db: DatabaseSync;
  readonly #options: SqliteBusOptions;

  constructor(db: DatabaseSync, options: SqliteBusOptions) {
    db.exec(tables);
    this.#db = db;
    this.#options = options;
    this.inbox = new SqliteQueue(db, 'inbox', options, options.tries, ({ id, channel, session }) => ({
      id,
      channel,
      lane: session,
    }));
    this.outbox = new SqliteQueue(db, 'outbox', options, options.sendTries, ({ key, channel, to }) => ({
      id: key,
      channel,
      lane: `${channel}:${to}`,
    }));
  }

  /** For the process that holds the lock of the state, before its first claim: gives back what the last one held. */
  recover(): void {
    this.inbox.recover();
    this.outbox.recover();
  }

  /** Drops the ids of messages that were handled longer than the retention ago. */
  forget(): void {
    const before = (this.#options.now ?? Date.now)() - this.#options.retentionDays * 86_400_000;
    this.inbox.forget(before);
    this.outbox.forget(before);
  }

  async complete(claim: Claim<Inbound>, answers: readonly Outbound[]): Promise<boolean> {
    return transaction(this.#db, () => {
      if (!this.inbox.finish(claim)) return false;
      for (const answer of answers) this.outbox.insert(answer);
      return true;
    });
  }

  async deadLetters(): Promise<DeadLetter[]> {
    return [...this.inbox.dead(), ...this.outbox.dead()];
  }

  async replay(queue: DeadLetter['queue'], id: string): Promise<boolean> {
    return this[queue].revive(id);
  }

  async close(): Promise<void> {
    this.inbox.wake();
    this.outbox.wake();
  }
}
