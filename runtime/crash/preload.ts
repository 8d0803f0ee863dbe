/**
 * Loaded before the agent's own modules (`--import`), so that the program under test has no line for it: kills the process at
 * a step of a message's life, moves its clock, limits its database, and gives it the recording channel.
 */
import fs from 'node:fs/promises';
import http from 'node:http';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, type SQLInputValue, StatementSync } from 'node:sqlite';
import { type Control, type Fault, faultVariable, type Point, type Side } from './faults.ts';

const fault = JSON.parse(process.env[faultVariable] ?? 'null') as Fault | null;
let reached = 0;

function at(point: Point, side: Side): void {
  if (point !== fault?.point || side !== fault.side) return;
  reached += 1;
  // The signal arrives before the system call returns: nothing runs after it.
  if (reached === fault.count) process.kill(process.pid, 'SIGKILL');
}

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === './channels.ts'
      ? { url: new URL('./recorder-channels.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});

// Statements of one transaction count when it commits, others at once.
let committing: Point | undefined;
function pointOf(sql: string, queue: unknown): Point | undefined {
  if (sql.includes('INSERT INTO message')) return queue === 'inbox' ? 'inbox put' : 'outbox insert';
  if (sql.includes(`SET state = 'done'`)) return queue === 'inbox' ? 'inbox done' : 'outbox done';
  if (sql.includes('INSERT INTO turn')) return 'history';
  if (sql.includes('SET lease = 0')) return 'recover';
  return undefined;
}

// As the type says it; the statements of the agent have no named parameters.
type Values = [Record<string, SQLInputValue>, ...SQLInputValue[]];
const databases = new Set<DatabaseSync>();
const { run, get } = StatementSync.prototype;
StatementSync.prototype.run = function (this: StatementSync, ...values: Values) {
  const isDone = this.sourceSQL.includes(`SET state = 'done'`);
  const point = pointOf(this.sourceSQL, (values as readonly unknown[])[isDone ? 1 : 0]);
  if (point === undefined) return run.apply(this, values);
  at(point, 'before');
  const result = run.apply(this, values);
  if (point === 'outbox insert') committing = 'answer stored';
  at(point, 'after');
  return result;
} as typeof run;
StatementSync.prototype.get = function (this: StatementSync, ...values: Values) {
  const row = get.apply(this, values);
  if (row !== undefined && this.sourceSQL.includes(`SET state = 'active'`))
    committing = (values as readonly unknown[])[3] === 'inbox' ? 'inbox claim' : 'outbox claim';
  return row;
} as typeof get;
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
  if (sql.includes('CREATE TABLE')) databases.add(this);
  const point = sql === 'COMMIT' ? committing : undefined;
  if (sql === 'COMMIT' || sql === 'ROLLBACK') committing = undefined;
  if (point !== undefined) at(point, 'before');
  exec.call(this, sql);
  if (point !== undefined) at(point, 'after');
};

const { rename } = fs;
fs.rename = async (from, to) => {
  at('memory write', 'before');
  await rename(from, to);
  at('memory write', 'after');
};

// grammY comes with a fetch of its own, on this.
const request = http.request;
http.request = ((...args: Parameters<typeof request>) => {
  const path = String((args[0] as { path?: string }).path ?? '');
  const point = path.endsWith('/sendMessage') ? 'telegram send' : path.endsWith('/getUpdates') ? 'telegram poll' : '';
  if (point !== '') at(point, 'before');
  const made = request(...args);
  if (point !== '') made.prependListener('response', () => at(point, 'after'));
  return made;
}) as typeof request;
const end = http.ServerResponse.prototype.end;
http.ServerResponse.prototype.end = function (this: http.ServerResponse, ...args: never[]) {
  const accepted = this.statusCode === 202;
  if (accepted) at('webhook answer', 'before');
  const result = end.apply(this, args as never);
  if (accepted) at('webhook answer', 'after');
  return result;
} as typeof end;
syncBuiltinESMExports();

const { fetch } = globalThis;
globalThis.fetch = async (input, init) => {
  const url = String(input instanceof Request ? input.url : input);
  const point = url.endsWith('/chat/completions')
    ? 'model request'
    : url.includes('/recorder/updates')
      ? 'recorder poll'
      : url.includes('/recorder/messages/')
        ? 'recorder send'
        : undefined;
  if (point !== undefined) at(point, 'before');
  const response = await fetch(input, init);
  if (point !== undefined) at(point, 'after');
  return response;
};

const RealDate = Date;
let ahead = 0;
globalThis.Date = class extends RealDate {
  constructor(...args: []) {
    if (args.length === 0) super(RealDate.now() + ahead);
    else super(...args);
  }
  static override now(): number {
    return RealDate.now() + ahead;
  }
} as DateConstructor;

process.on('message', ({ clock, pages }: Control) => {
  if (clock !== undefined) ahead += clock;
  if (pages !== undefined) {
    for (const database of databases) {
      const count = (database.prepare('PRAGMA page_count').get() as { page_count: number }).page_count;
      exec.call(database, `PRAGMA max_page_count = ${pages === null ? 1_000_000_000 : count + pages}`);
    }
  }
  process.send?.('done');
});
process.channel?.unref();
