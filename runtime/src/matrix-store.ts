import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { transaction } from './database.ts';
import { clearIndexedDb, installIndexedDb } from './matrix-indexeddb.ts';
import type { RawEvent } from './matrix-rooms.ts';

/** A device of the agent's account. Its keys are in the same database and go with it. */
export interface MatrixDevice {
  readonly user: string;
  readonly device: string;
  /** Of a login with a password; a token of the configuration is not kept. */
  readonly token?: string;
}

/** An encrypted event of an allowed sender whose key has not come yet. */
export interface WaitingEvent {
  readonly id: string;
  readonly room: string;
  /** As the server sent it. */
  readonly event: RawEvent;
  /** Milliseconds since 1970, by the agent's clock. */
  readonly since: number;
}

const tables = `
CREATE TABLE IF NOT EXISTS matrix_value (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS matrix_waiting (
  id TEXT PRIMARY KEY, room TEXT NOT NULL, event TEXT NOT NULL, since INTEGER NOT NULL
) STRICT;
`;
const mostWaiting = 1000;

/** `<state>/matrix.db`: the device, its keys, how far the agent has listened, and what it could not read yet. */
export class MatrixStore {
  readonly #db: DatabaseSync;

  constructor(state: string) {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    this.#db = new DatabaseSync(join(state, 'matrix.db'), { timeout: 5000 });
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216');
    this.#db.exec(tables);
  }

  get device(): MatrixDevice | undefined {
    const text = this.#get('device');
    return text === undefined ? undefined : (JSON.parse(text) as MatrixDevice);
  }

  /** Another device than before starts without the keys of that one; how far the agent has listened stays. */
  set device(next: MatrixDevice) {
    const { user, device } = this.device ?? {};
    if (user !== next.user || device !== next.device) {
      clearIndexedDb(this.#db);
      if (user !== next.user)
        this.#db.exec("DELETE FROM matrix_value WHERE name = 'since'; DELETE FROM matrix_waiting");
    }
    this.#set('device', JSON.stringify(next));
  }

  /** The token of the next sync; undefined before the first. */
  get since(): string | undefined {
    return this.#get('since');
  }

  /** Everything before `since` is in the inbox, or waits for its key. */
  advance(since: string, waiting: readonly WaitingEvent[]): void {
    transaction(this.#db, () => {
      const insert = this.#db.prepare('INSERT OR IGNORE INTO matrix_waiting VALUES (?, ?, ?, ?)');
      for (const { id, room, event, since: at } of waiting) insert.run(id, room, JSON.stringify(event), at);
      this.#db
        .prepare(
          'DELETE FROM matrix_waiting WHERE id NOT IN (SELECT id FROM matrix_waiting ORDER BY since DESC LIMIT ?)',
        )
        .run(mostWaiting);
      this.#set('since', since);
    });
  }

  /** Oldest first. */
  waiting(): WaitingEvent[] {
    const rows = this.#db.prepare('SELECT id, room, event, since FROM matrix_waiting ORDER BY since').all();
    return (rows as unknown as { id: string; room: string; event: string; since: number }[]).map((row) => ({
      ...row,
      event: JSON.parse(row.event) as WaitingEvent['event'],
    }));
  }

  settle(id: string): void {
    this.#db.prepare('DELETE FROM matrix_waiting WHERE id = ?').run(id);
  }

  /** IndexedDB of this process is what the store holds from now on. */
  installIndexedDb(fail: (error: unknown) => never): Promise<void> {
    return installIndexedDb(this.#db, fail);
  }

  #get(name: string): string | undefined {
    return this.#db.prepare('SELECT value FROM matrix_value WHERE name = ?').get(name)?.value as string | undefined;
  }

  #set(name: string, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO matrix_value VALUES (?, ?)').run(name, value);
  }
}
