import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { Agent } from '../src/agent.ts';
import type { Inbound } from '../src/bus.ts';
import { SqliteBus } from '../src/bus-sqlite.ts';
import type { Channel } from '../src/channel.ts';
import { parseConfig } from '../src/config.ts';
import { openDatabase, transaction } from '../src/database.ts';
import { History } from '../src/history.ts';
import { makeLogger } from '../src/log.ts';
import { Metrics } from '../src/metrics.ts';

const text = 'x'.repeat(200);
const sessions = 50;

function message(index: number): Inbound {
  const to = `room ${index % sessions}`;
  return {
    id: `bench:${index}`,
    channel: 'bench',
    session: `bench:${to}`,
    sender: 'operator',
    trust: 'operator',
    text,
    replyTo: { channel: 'bench', to },
  };
}

/** Seconds that a loop took for `count` messages, on a database of its own with synchronous commits. */
export type Loop = (count: number) => Promise<number>;

async function timed(work: (state: string) => Promise<void>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'runtime-bench-'));
  try {
    const from = performance.now();
    await work(join(folder, 'state'));
    return (performance.now() - from) / 1000;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The limit: the statements that a message's life takes, on two tables with nothing but a key. Five commits: stored, claimed,
 * answered, answer claimed, delivered.
 */
export const raw: Loop = (count) =>
  timed(async (state) => {
    const db = openDatabase(state);
    for (const queue of ['inbox', 'outbox'])
      db.exec(`CREATE TABLE ${queue} (id TEXT PRIMARY KEY, body TEXT, state TEXT) STRICT`);
    const on = (queue: string) => ({
      put: db.prepare(`INSERT INTO ${queue} VALUES (?, ?, 'pending')`),
      claim: db.prepare(`UPDATE ${queue} SET state = 'active' WHERE id = ? RETURNING body`),
      done: db.prepare(`UPDATE ${queue} SET state = 'done', body = '' WHERE id = ?`),
    });
    const [inbox, outbox] = [on('inbox'), on('outbox')];
    for (let index = 0; index < count; index += 1) {
      const { id, ...rest } = message(index);
      inbox.put.run(id, JSON.stringify(rest));
      const { body } = inbox.claim.get(id) as { body: string };
      transaction(db, () => {
        inbox.done.run(id);
        outbox.put.run(id, JSON.parse(body).text);
      });
      outbox.claim.get(id);
      outbox.done.run(id);
    }
    db.close();
  });

const marks = { high: 1_000_000, low: 1, tries: 5, sendTries: 300, retentionDays: 14, leaseSeconds: 720 };

/** The same by the bus, one message after the other. */
export const bus: Loop = (count) =>
  timed(async (state) => {
    const db = openDatabase(state);
    const { inbox, outbox, ...bus } = withQueues(new SqliteBus(db, marks));
    for (let index = 0; index < count; index += 1) {
      await inbox.put(message(index));
      const claim = must(await inbox.claim());
      const { replyTo, text } = claim.message;
      await bus.complete(claim, [{ key: `${claim.id}/1`, ...replyTo, text }]);
      await outbox.done(must(await outbox.claim('bench')));
    }
    db.close();
  });

function withQueues(bus: SqliteBus) {
  return { inbox: bus.inbox, outbox: bus.outbox, complete: bus.complete.bind(bus) };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('nothing to claim');
  return value;
}

/** The agent around it: prompt, conversation, AI SDK, filter, history, metrics, log; the model and the channel are in memory. */
export const agent: Loop = (count) =>
  timed(async (state) => {
    const db = openDatabase(state);
    const config = parseConfig({
      agent: { name: 'bench' },
      state,
      workspace: join(state, 'workspace'),
      models: {
        providers: { echo: { api: 'openai-compatible', baseUrl: 'http://127.0.0.1:9' } },
        chain: [{ provider: 'echo', model: 'echo' }],
      },
    });
    const bus = new SqliteBus(db, marks);
    let sent = 0;
    const all = Promise.withResolvers<void>();
    const channel: Channel = {
      kind: 'bench',
      textLimit: 4000,
      start: async () => {},
      send: async () => {
        sent += 1;
        if (sent === count) all.resolve();
      },
      stop: async () => {},
      problem: () => undefined,
    };
    const agent = new Agent({
      config,
      bus,
      channels: [channel],
      links: [{ provider: 'echo', model: 'echo', language: echo }],
      toolboxes: [],
      history: new History(db),
      metrics: new Metrics(),
      log: makeLogger('error', process.stderr),
    });
    agent.start();
    for (let index = 0; index < count; index += 1) await bus.inbox.put(message(index));
    await all.promise;
    await agent.stop(10);
    db.close();
  });

const parts: readonly LanguageModelV4StreamPart[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'text-start', id: '1' },
  { type: 'text-delta', id: '1', delta: text },
  { type: 'text-end', id: '1' },
  {
    type: 'finish',
    finishReason: { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 1, text: 1, reasoning: 0 },
    },
  },
];
const echo: LanguageModelV4 = {
  specificationVersion: 'v4',
  provider: 'echo',
  modelId: 'echo',
  supportedUrls: {},
  doGenerate: () => Promise.reject(new Error('only streams')),
  doStream: async () => ({ stream: ReadableStream.from(parts) as ReadableStream<LanguageModelV4StreamPart> }),
};
