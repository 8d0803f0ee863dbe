import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './testing.ts';

const modules = JSON.stringify(new URL('./matrix-indexeddb.ts', import.meta.url).href);

/** Runs a script in a process of its own, since IndexedDB is of the whole process; what it printed. */
function script(folder: string, body: string): { output: string; code: number | null; signal: NodeJS.Signals | null } {
  const file = join(folder, 'script.mjs');
  writeFileSync(
    file,
    `import { DatabaseSync } from 'node:sqlite';
     import { clearIndexedDb, installIndexedDb } from ${modules};
     const sqlite = new DatabaseSync(${JSON.stringify(join(folder, 'test.db'))});
     await installIndexedDb(sqlite, (error) => { process.stdout.write('cannot write: ' + error.message); process.exit(70); });
     const wait = (request) => new Promise((resolve, reject) => {
       request.onsuccess = () => resolve(request.result);
       request.onerror = () => reject(request.error);
     });
     const complete = (transaction) => new Promise((resolve) => { transaction.oncomplete = resolve; transaction.onabort = resolve; });
     const open = (version, upgrade = () => {}) => {
       const request = indexedDB.open('db', version);
       request.onupgradeneeded = () => upgrade(request.result, request.transaction);
       return wait(request);
     };
     const all = async (db, name) => {
       const store = db.transaction(name).objectStore(name);
       const keys = await wait(store.getAllKeys());
       return keys.map((key, index) => [key, index]).length === 0 ? [] : Promise.all(keys.map(async (key) => [key, await wait(db.transaction(name).objectStore(name).get(key))]));
     };
     ${body}`,
  );
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  return { output: `${stdout}${stderr}`, code: status, signal };
}

test('a process that is killed after the commit has lost nothing, of records, stores, indexes and versions', () => {
  using folder = temporaryFolder();
  const write = script(
    folder.path,
    `const db = await open(3, (db) => {
       const store = db.createObjectStore('pairs');
       store.createIndex('kind', 'kind', { unique: false });
       db.createObjectStore('inline', { keyPath: 'id' });
       db.createObjectStore('numbered', { autoIncrement: true });
       db.createObjectStore('gone').put('x', 'y');
       db.deleteObjectStore('gone');
     });
     const transaction = db.transaction(['pairs', 'inline', 'numbered'], 'readwrite');
     const pairs = transaction.objectStore('pairs');
     for (const letter of ['a', 'b', 'c', 'd', 'e', 'f']) pairs.put({ kind: letter < 'c' ? 'low' : 'high', bytes: new Uint8Array([letter.charCodeAt(0)]) }, letter);
     pairs.put('of a list', ['x', 1]);
     pairs.delete('a');
     pairs.delete(IDBKeyRange.bound('c', 'd'));
     transaction.objectStore('inline').add({ id: 'one', value: 1 });
     transaction.objectStore('inline').put({ id: 'one', value: 2 });
     transaction.objectStore('numbered').add('first');
     transaction.objectStore('numbered').add('second');
     const cursor = pairs.openCursor('e');
     cursor.onsuccess = () => cursor.result?.update({ kind: 'changed' });
     const other = pairs.index('kind').openCursor('high');
     other.onsuccess = () => { if (other.result?.primaryKey === 'f') other.result.delete(); else other.result?.continue(); };
     await complete(transaction);
     process.kill(process.pid, 'SIGKILL');`,
  );
  expect(write).toEqual({ output: '', code: null, signal: 'SIGKILL' });
  const read = script(
    folder.path,
    `const db = await open(3, () => process.stdout.write('upgraded again'));
     const store = db.transaction('pairs').objectStore('pairs');
     const low = await wait(store.index('kind').getAllKeys('low'));
     const third = await wait(db.transaction('numbered', 'readwrite').objectStore('numbered').add('third'));
     console.log(JSON.stringify([[...db.objectStoreNames], await all(db, 'pairs'), low, await all(db, 'inline'), third]));`,
  );
  expect(read.code).toBe(0);
  expect(JSON.parse(read.output)).toEqual([
    ['inline', 'numbered', 'pairs'],
    [
      ['b', { kind: 'low', bytes: { 0: 98 } }],
      ['e', { kind: 'changed' }],
      [['x', 1], 'of a list'],
    ],
    ['b'],
    [['one', { id: 'one', value: 2 }]],
    3,
  ]);
});

test('what was not committed is not there: an abort, and a kill before the end', () => {
  using folder = temporaryFolder();
  const write = script(
    folder.path,
    `const db = await open(1, (db) => db.createObjectStore('s'));
     const aborted = db.transaction('s', 'readwrite');
     aborted.objectStore('s').put(1, 'aborted');
     aborted.abort();
     await complete(aborted);
     const killed = db.transaction('s', 'readwrite').objectStore('s').put(1, 'killed');
     killed.onsuccess = () => process.kill(process.pid, 'SIGKILL');`,
  );
  expect(write).toMatchObject({ output: '', signal: 'SIGKILL' });
  prints(() => script(folder.path, `console.log(JSON.stringify(await all(await open(1), 's')));`), '[]\n');
});

test('a request that fails in a transaction that goes on changes nothing', () => {
  using folder = temporaryFolder();
  script(
    folder.path,
    `const db = await open(1, (db) => db.createObjectStore('s').put('old', 'k'));
     const transaction = db.transaction('s', 'readwrite');
     const request = transaction.objectStore('s').add('new', 'k');
     request.onerror = (event) => { event.preventDefault(); event.stopPropagation(); };
     transaction.objectStore('s').put('other', 'l');
     await complete(transaction);`,
  );
  prints(
    () => script(folder.path, `console.log(JSON.stringify(await all(await open(1), 's')));`),
    '[["k","old"],["l","other"]]\n',
  );
});

test('when SQLite cannot write, the process ends before anybody hears of a commit', () => {
  using folder = temporaryFolder();
  const { output, code } = script(
    folder.path,
    `const db = await open(1, (db) => db.createObjectStore('s'));
     sqlite.exec('DROP TABLE idb_record');
     const transaction = db.transaction('s', 'readwrite');
     transaction.objectStore('s').put(1, 'k');
     await complete(transaction);
     process.stdout.write('complete');`,
  );
  expect({ output, code }).toEqual({ output: 'cannot write: no such table: idb_record', code: 70 });
});

test('`clearIndexedDb` leaves nothing to restore', () => {
  using folder = temporaryFolder();
  script(folder.path, `await open(1, (db) => db.createObjectStore('s').put(1, 'k'));`);
  script(folder.path, 'clearIndexedDb(sqlite);');
  prints(() => script(folder.path, 'console.log(JSON.stringify(await indexedDB.databases()));'), '[]\n');
});

function prints(run: () => { output: string; code: number | null }, output: string) {
  const result = run();
  expect({ output: result.output, code: result.code }).toEqual({ output, code: 0 });
}
