import type { DatabaseSync } from 'node:sqlite';
import { clip } from './untrusted.ts';

const turnLimit = 8000;

export interface Turn {
  readonly user: string;
  readonly answer: string;
  /** Whether `user` is data and not an operator's words. */
  readonly data: boolean;
  /** Whether the run saw data, so that `answer` may repeat what data said. */
  readonly tainted: boolean;
}

/** What was said before, per session. */
export class History {
  readonly #db: DatabaseSync;
  constructor(db: DatabaseSync) {
    db.exec(`CREATE TABLE IF NOT EXISTS turn (id TEXT PRIMARY KEY, session TEXT NOT NULL, user TEXT NOT NULL, answer TEXT NOT NULL,
      data INTEGER NOT NULL, tainted INTEGER NOT NULL, at INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT; CREATE INDEX IF NOT EXISTS turn_session ON turn (session, seq)`);
    this.#db = db;
  }

  /** Under the id of the message: a repeated run replaces what the first one left. Sessions keep their last 50 turns. */
  record(id: string, session: string, { user, answer, data, tainted }: Turn, now = Date.now()): void {
    this.#db
      .prepare(
        `INSERT INTO turn (id, session, user, answer, data, tainted, at, seq) VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(seq), 0) + 1 FROM turn))
         ON CONFLICT (id) DO UPDATE SET answer = excluded.answer, tainted = excluded.tainted`,
      )
      .run(id, session, clip(user, turnLimit), clip(answer, turnLimit), data ? 1 : 0, tainted ? 1 : 0, now);
    this.#db
      .prepare(
        'DELETE FROM turn WHERE session = ? AND seq <= (SELECT seq FROM turn WHERE session = ? ORDER BY seq DESC LIMIT 1 OFFSET 50)',
      )
      .run(session, session);
  }

  /** Drops turns from before a time, in milliseconds since 1970. */
  forget(before: number): void {
    this.#db.prepare('DELETE FROM turn WHERE at < ?').run(before);
  }

  /** The last turns before this message, oldest first, at most `characters` in all. */
  before(id: string, session: string, characters: number): Turn[] {
    const rows = this.#db
      .prepare('SELECT user, answer, data, tainted FROM turn WHERE session = ? AND id <> ? ORDER BY seq DESC LIMIT 20')
      .all(session, id);
    const turns: Turn[] = [];
    let left = characters;
    for (const row of rows as unknown as { user: string; answer: string; data: number; tainted: number }[]) {
      left -= row.user.length + row.answer.length;
      if (left < 0) break;
      turns.unshift({ user: row.user, answer: row.answer, data: row.data === 1, tainted: row.tainted === 1 });
    }
    return turns;
  }
}
