import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** Opens (and makes) the agent's one database: `<state>/agent.db`. Its log is on the disk when a commit returns. */
export function openDatabase(state: string): DatabaseSync {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(state, 'agent.db'), { timeout: 5000 });
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 16777216',
  );
  return database;
}

/**
 * Makes sure that one process at a time works on the state. SQLite's own lock goes with the process, however it ends.
 * @returns undefined when another process has it after `seconds`
 */
export async function lockState(state: string, seconds: number): Promise<{ release(): void } | undefined> {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(state, 'lock.db'));
  for (let tries = seconds * 4; ; tries -= 1) {
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return { release: () => lock.close() };
    } catch {
      if (tries <= 0) {
        lock.close();
        return undefined;
      }
      await sleep(250);
    }
  }
}

/** All of it or nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after a full disk or a failed write; a second ROLLBACK would hide the cause.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
