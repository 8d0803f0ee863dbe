import type { DatabaseSync } from 'node:sqlite';
import { deserialize, serialize } from 'node:v8';
import { transaction as inTransaction } from './database.ts';
import type {
  Change,
  IdbCursor,
  IdbDatabase,
  IdbGlobals,
  IdbRequest,
  IdbStore,
  IdbTransaction,
  Key,
  Schema,
} from './matrix-indexeddb-types.ts';

// matrix-js-sdk's crypto knows two stores: memory and IndexedDB (matrix-org/matrix-js-sdk#4769). It gets fake-indexeddb,
// which is in memory, and what a transaction changed is in SQLite before anybody hears that it is complete: no key leaves
// the process that the disk does not have.

const tables = `
CREATE TABLE IF NOT EXISTS idb_database (name TEXT PRIMARY KEY, version INTEGER NOT NULL, schema TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS idb_record (
  db TEXT NOT NULL, store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (db, store, key)
) STRICT, WITHOUT ROWID;
`;

/** Deletes what `installIndexedDb` would restore. */
export function clearIndexedDb(sqlite: DatabaseSync): void {
  sqlite.exec(`${tables} DELETE FROM idb_database; DELETE FROM idb_record`);
}

/**
 * Makes `globalThis.indexedDB` what the SQLite database holds, and from then on writes every change through to it. Once
 * per process, and before anything else opens IndexedDB.
 * @param fail ends the process: memory is ahead of the disk
 */
export async function installIndexedDb(sqlite: DatabaseSync, fail: (error: unknown) => never): Promise<void> {
  sqlite.exec(tables);
  // @ts-expect-error: the package exports it without its types
  await import('fake-indexeddb/auto');
  const idb = globalThis as unknown as IdbGlobals;
  writeThrough(sqlite, idb, await restore(sqlite, idb), fail);
}

async function restore(sqlite: DatabaseSync, { indexedDB }: IdbGlobals): Promise<Map<string, Schema>> {
  const schemas = new Map<string, Schema>();
  const databases = sqlite.prepare('SELECT name, version, schema FROM idb_database').all();
  const records = sqlite.prepare('SELECT key, value FROM idb_record WHERE db = ? AND store = ?');
  for (const { name, version, schema } of databases as unknown as { name: string; version: number; schema: string }[]) {
    const stores = JSON.parse(schema) as Schema;
    schemas.set(name, stores);
    const request = indexedDB.open(name, version);
    await new Promise<void>((resolve, reject) => {
      request.addEventListener('upgradeneeded', () => {
        for (const [store, { options, indexes }] of Object.entries(stores)) {
          const made = request.result.createObjectStore(store, options);
          for (const [index, [path, how]] of Object.entries(indexes)) made.createIndex(index, path, how);
          for (const row of records.iterate(name, store) as Iterable<unknown> as Iterable<{
            key: string;
            value: Uint8Array;
          }>)
            made.put(deserialize(row.value), made.keyPath === null ? (JSON.parse(row.key) as Key) : undefined);
        }
      });
      request.addEventListener('success', resolve);
      request.addEventListener('error', () => reject(request.error));
    });
    request.result.close();
  }
  return schemas;
}

function writeThrough(
  sqlite: DatabaseSync,
  idb: IdbGlobals,
  schemas: Map<string, Schema>,
  fail: (error: unknown) => never,
) {
  const setDatabase = sqlite.prepare('INSERT OR REPLACE INTO idb_database VALUES (?, ?, ?)');
  const setRecord = sqlite.prepare('INSERT OR REPLACE INTO idb_record VALUES (?, ?, ?, ?)');
  const dropRecord = sqlite.prepare('DELETE FROM idb_record WHERE db = ? AND store = ? AND key = ?');
  const dropRecords = sqlite.prepare('DELETE FROM idb_record WHERE db = ? AND store = ?');
  const changes = new WeakMap<IdbTransaction, Change[]>();
  const upgrades = new WeakMap<IdbDatabase, { transaction: IdbTransaction; schema: Schema }>();

  /** As early as can be: listeners are called in the order in which they were added. */
  const follow = (transaction: IdbTransaction) => {
    const made: Change[] = [];
    changes.set(transaction, made);
    transaction.addEventListener('complete', () => {
      const { db } = transaction;
      const schema = transaction.mode === 'versionchange' ? upgrades.get(db)?.schema : undefined;
      if (made.length === 0 && schema === undefined) return;
      try {
        inTransaction(sqlite, () => {
          for (const change of made) change();
          if (schema !== undefined) setDatabase.run(db.name, db.version, JSON.stringify(schema));
        });
      } catch (error) {
        fail(error);
      }
      if (schema !== undefined) schemas.set(db.name, schema);
    });
  };
  const note = ({ transaction }: { transaction: IdbTransaction }, change: Change) =>
    changes.get(transaction)?.push(change);
  const upgrade = (db: IdbDatabase) => {
    const running = upgrades.get(db);
    if (running === undefined) throw new Error(`no upgrade of ${db.name} is running`);
    return running;
  };

  after(idb.IDBFactory, 'open', (_self, _args, request: IdbRequest<IdbDatabase>) =>
    request.addEventListener('upgradeneeded', () => {
      const { result: db, transaction } = request;
      upgrades.set(db, { transaction, schema: structuredClone(schemas.get(db.name) ?? {}) });
      follow(transaction);
    }),
  );
  after(idb.IDBDatabase, 'transaction', (_self, _args, transaction: IdbTransaction) => {
    if (transaction.mode === 'readwrite') follow(transaction);
  });

  after(idb.IDBDatabase, 'createObjectStore', (db: IdbDatabase, [name, options = {}]: [string, object?]) => {
    const { keyPath = null, autoIncrement = false } = options as { keyPath?: unknown; autoIncrement?: boolean };
    if (keyPath !== null && autoIncrement) throw new Error(`the store ${name} puts generated keys into its values`);
    upgrade(db).schema[name] = { options: { keyPath, autoIncrement }, indexes: {} };
  });
  after(idb.IDBDatabase, 'deleteObjectStore', (db: IdbDatabase, [name]: [string]) => {
    delete upgrade(db).schema[name];
    note(upgrade(db), () => dropRecords.run(db.name, name));
  });
  const indexes = ({ name, transaction }: IdbStore) => upgrade(transaction.db).schema[name]?.indexes ?? {};
  after(idb.IDBObjectStore, 'createIndex', (store: IdbStore, [name, path, how = {}]: [string, unknown, object?]) => {
    indexes(store)[name] = [path, how];
  });
  after(idb.IDBObjectStore, 'deleteIndex', (store: IdbStore, [name]: [string]) => {
    delete indexes(store)[name];
  });

  const put = (store: IdbStore, [value]: [unknown], request: IdbRequest<Key>) => {
    const bytes = serialize(value);
    const { name, transaction } = store;
    note(store, () => {
      // A request may fail in a transaction that goes on.
      if (request.error == null) setRecord.run(transaction.db.name, name, keyText(request.result), bytes);
    });
  };
  after(idb.IDBObjectStore, 'put', put);
  after(idb.IDBObjectStore, 'add', put);
  after(idb.IDBObjectStore, 'clear', (store: IdbStore) =>
    note(store, () => dropRecords.run(store.transaction.db.name, store.name)),
  );
  const drop = (store: IdbStore, keys: () => readonly Key[]) =>
    note(store, () => {
      for (const key of keys()) dropRecord.run(store.transaction.db.name, store.name, keyText(key));
    });
  before(idb.IDBObjectStore, 'delete', (store: IdbStore, [query]: [unknown]) => {
    if (!(query instanceof idb.IDBKeyRange)) return drop(store, () => [query as Key]);
    // Requests of a transaction run in their order: these are the keys that will be deleted.
    const found = store.getAllKeys(query);
    return drop(store, () => found.result);
  });

  const storeOf = ({ source }: IdbCursor) => ('objectStore' in source ? source.objectStore : source);
  after(idb.IDBCursor, 'update', (cursor: IdbCursor, args: [unknown], request: IdbRequest<Key>) =>
    put(storeOf(cursor), args, request),
  );
  before(idb.IDBCursor, 'delete', (cursor: IdbCursor) => {
    const { primaryKey } = cursor;
    drop(storeOf(cursor), () => [primaryKey]);
  });
}

type Patched<T, A, R> = Record<string, (this: T, ...args: A extends unknown[] ? A : never) => R>;

function after<T, A extends unknown[], R>(
  type: { prototype: object },
  name: string,
  look: (self: T, args: A, result: R) => void,
) {
  const methods = type.prototype as Patched<T, A, R>;
  const original = methods[name] as Patched<T, A, R>[string];
  methods[name] = function (...args) {
    const result = original.apply(this, args);
    look(this, args as unknown as A, result);
    return result;
  };
}

function before<T, A extends unknown[]>(type: { prototype: object }, name: string, look: (self: T, args: A) => void) {
  const methods = type.prototype as Patched<T, A, unknown>;
  const original = methods[name] as Patched<T, A, unknown>[string];
  methods[name] = function (...args) {
    look(this, args as unknown as A);
    return original.apply(this, args);
  };
}

/** One text per key: `v8.serialize` has two for one string. */
function keyText(key: Key): string {
  const plain = (part: unknown): boolean =>
    typeof part === 'string' || typeof part === 'number' || (Array.isArray(part) && part.every(plain));
  if (!plain(key)) throw new Error('a key of IndexedDB is neither text, number, nor a list of them');
  return JSON.stringify(key);
}
