// Of the DOM's types of IndexedDB, what the write-through uses: the program is compiled without a DOM.

export type Key = string | number | readonly Key[];

export interface IdbRequest<T = unknown> {
  readonly result: T;
  readonly error: unknown;
  readonly transaction: IdbTransaction;
  addEventListener(type: 'success' | 'error' | 'upgradeneeded', listener: () => void): void;
}

export interface IdbTransaction {
  readonly mode: 'readonly' | 'readwrite' | 'versionchange';
  readonly db: IdbDatabase;
  addEventListener(type: 'complete', listener: () => void): void;
}

export interface IdbDatabase {
  readonly name: string;
  readonly version: number;
  createObjectStore(name: string, options: object): IdbStore;
  close(): void;
}

export interface IdbStore {
  readonly name: string;
  readonly keyPath: unknown;
  readonly transaction: IdbTransaction;
  put(value: unknown, key?: Key): IdbRequest<Key>;
  createIndex(name: string, path: unknown, options: object): void;
  getAllKeys(query: unknown): IdbRequest<Key[]>;
}

export interface IdbCursor {
  readonly primaryKey: Key;
  readonly source: IdbStore | { readonly objectStore: IdbStore };
}

type Class = abstract new () => object;

/** What `fake-indexeddb/auto` puts into the global scope. */
export interface IdbGlobals {
  readonly indexedDB: { open(name: string, version: number): IdbRequest<IdbDatabase> };
  readonly IDBFactory: Class;
  readonly IDBDatabase: Class;
  readonly IDBObjectStore: Class;
  readonly IDBCursor: Class;
  readonly IDBKeyRange: Class;
}

/** Stores of a database by name. */
export type Schema = Record<string, { options: object; indexes: Record<string, [path: unknown, options: object]> }>;

/** Writes to SQLite: what it needs of a request is known once the transaction is complete. */
export type Change = () => unknown;
