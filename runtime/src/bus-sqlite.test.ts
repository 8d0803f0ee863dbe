import { expect, test } from 'vitest';
import { type BusUnderTest, busSuite, suiteOptions } from './bus.suite.ts';
import { SqliteBus } from './bus-sqlite.ts';
import { lockState, openDatabase } from './database.ts';
import { inbound, temporaryFolder } from './testing.ts';

async function open(): Promise<BusUnderTest & { bus: SqliteBus; db: ReturnType<typeof openDatabase> }> {
  const folder = temporaryFolder();
  let now = Date.UTC(2026, 0, 1);
  const options = { ...suiteOptions, now: () => now };
  const databases = [openDatabase(folder.state)];
  const db = databases[0] as (typeof databases)[number];
  const bus = new SqliteBus(db, options);
  return {
    bus,
    db,
    advance: (seconds) => {
      now += seconds * 1000;
    },
    restart: async () => {
      const again = openDatabase(folder.state);
      databases.push(again);
      const restarted = new SqliteBus(again, options);
      restarted.recover();
      return restarted;
    },
    close: async () => {
      for (const database of databases) database.close();
      folder[Symbol.dispose]();
    },
  };
}

busSuite('SqliteBus', open);

test('every commit is on the disk when it returns', async () => {
  const { db, close } = await open();
  expect([db.prepare('PRAGMA journal_mode').get(), db.prepare('PRAGMA synchronous').get()]).toEqual([
    { journal_mode: 'wal' },
    { synchronous: 2 },
  ]);
  await close();
});

test('the text of a handled message is gone, its id until the retention is over', async () => {
  const { bus, db, advance, close } = await open();
  await bus.inbox.put(inbound('a', { text: 'canary' }));
  await bus.complete((await bus.inbox.claim()) as never, []);
  expect(db.prepare('SELECT id, body FROM message').all()).toEqual([{ id: 'a', body: '' }]);
  advance(14 * 86_400 + 1);
  bus.forget();
  expect(db.prepare('SELECT count(*) AS n FROM message').get()).toEqual({ n: 0 });
  await close();
});

test('when the outbox cannot take an answer, the message is not done either', async () => {
  const { bus, db, close } = await open();
  await bus.inbox.put(inbound('a'));
  const claim = await bus.inbox.claim();
  db.exec(
    `CREATE TRIGGER full BEFORE INSERT ON message WHEN new.queue = 'outbox' BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
  );
  await expect(bus.complete(claim as never, [{ key: 'a/1', channel: 'test', to: 'x', text: '' }])).rejects.toThrow(
    'disk full',
  );
  expect(await bus.inbox.depth()).toMatchObject({ active: 1 });
  expect(db.isTransaction).toBe(false);
  await close();
});

test('one process at a time has the lock; it goes with its holder', async () => {
  using folder = temporaryFolder();
  const first = await lockState(folder.state, 0);
  expect(await lockState(folder.state, 0)).toBeUndefined();
  first?.release();
  const second = await lockState(folder.state, 0);
  expect(second).toBeDefined();
  second?.release();
});
