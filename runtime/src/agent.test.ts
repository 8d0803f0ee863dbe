import { LLMock } from '@copilotkit/aimock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { Agent } from './agent.ts';
import { SqliteBus } from './bus-sqlite.ts';
import { type Channel, SendError } from './channel.ts';
import type { ConfigInput } from './config.ts';
import { openDatabase } from './database.ts';
import { History } from './history.ts';
import { Metrics } from './metrics.ts';
import { connectModels } from './models.ts';
import { eventually, inbound, recordedLog, temporaryFolder, testConfig } from './testing.ts';
import type { Tool } from './tool.ts';

let mock: LLMock;
let folder: ReturnType<typeof temporaryFolder>;
let database: ReturnType<typeof openDatabase>;
let bus: SqliteBus;
let sent: { to: string; text: string; key: string }[];
let failures: Error[];
beforeEach(async () => {
  mock = await LLMock.create({ port: 0 });
  folder = temporaryFolder();
  database = openDatabase(folder.state);
  bus = new SqliteBus(database, {
    high: 100,
    low: 50,
    tries: 3,
    sendTries: 3,
    retentionDays: 1,
    leaseSeconds: 60,
    pollMilliseconds: 20,
  });
  sent = [];
  failures = [];
});
afterEach(async () => {
  database.close();
  folder[Symbol.dispose]();
  await mock.stop();
});

const channel: Channel = {
  kind: 'test',
  textLimit: 20,
  start: async () => {},
  send: async (to, text, key) => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    sent.push({ to, text, key });
  },
  stop: async () => {},
  problem: () => undefined,
};

async function start(changes: Partial<ConfigInput> = {}, tools: Tool[] = []) {
  const config = testConfig(folder, {
    models: {
      providers: { local: { api: 'openai-compatible', baseUrl: `${mock.url}/v1` } },
      chain: [{ provider: 'local', model: 'm' }],
      retrySeconds: [],
    },
    ...changes,
  });
  const metrics = new Metrics();
  const log = recordedLog();
  const agent = new Agent({
    config,
    bus,
    channels: [channel],
    links: await connectModels(config.models),
    toolboxes: [{ tools: () => tools }],
    history: new History(database),
    metrics,
    log: log.log,
  });
  agent.start();
  return { agent, metrics, log };
}
const idle = async () => {
  const [inbox, outbox] = [await bus.inbox.depth(), await bus.outbox.depth()];
  return inbox.pending + inbox.active + outbox.pending + outbox.active === 0;
};

test('a message becomes an answer, in parts that the channel takes, without links', async () => {
  mock.onMessage(/.*/, { content: 'one two three four five https://evil.example/?q=s' });
  const { agent } = await start();
  await bus.inbox.put(inbound('a'));
  await eventually(idle);
  expect(sent).toEqual([
    { to: 'room', text: 'one two three four', key: 'a/1' },
    { to: 'room', text: 'five [link removed]', key: 'a/2' },
  ]);
  await agent.stop(5);
});

test('a credential that a model repeats does not leave', async () => {
  process.env.RUNTIME_TEST_AGENT = 'canary-agent-0123';
  const { readSecret } = await import('./secrets.ts');
  mock.onMessage(/.*/, { content: `It is ${readSecret({ env: 'RUNTIME_TEST_AGENT' })}` });
  const { agent } = await start();
  await bus.inbox.put(inbound('a'));
  await eventually(idle);
  expect(sent.map(({ text }) => text)).toEqual(['It is [redacted]']);
  await agent.stop(5);
});

test('a conversation remembers what was said', async () => {
  mock.onMessage('first', { content: 'one' });
  mock.onMessage('second', { content: 'two' });
  const { agent } = await start();
  await bus.inbox.put(inbound('a', { text: 'first' }));
  await bus.inbox.put(inbound('b', { text: 'second' }));
  await eventually(idle);
  const body = mock.getLastRequest()?.body as { messages: { content: unknown }[] };
  expect(body.messages.slice(1).map(({ content }) => content)).toEqual(['first', 'one', 'second']);
  await agent.stop(5);
});

test('no model: the notification is sent, the next message is taken, and the gauge falls when a model answers', async () => {
  mock.onMessage('first', { error: { message: 'down' }, status: 503 });
  mock.onMessage('second', { content: 'up' });
  const { agent, metrics } = await start();
  await bus.inbox.put(inbound('a', { text: 'first' }));
  await eventually(idle);
  expect([sent[0]?.text, (await metrics.degraded.get()).values[0]?.value]).toEqual(['No model could be', 1]);
  await bus.inbox.put(inbound('b', { text: 'second' }));
  await eventually(idle);
  expect([sent.at(-1)?.text, (await metrics.degraded.get()).values[0]?.value]).toEqual(['up', 0]);
  await agent.stop(5);
});

test('a delivery that fails is tried again; one that cannot succeed is a dead letter', async () => {
  mock.onMessage(/.*/, { content: 'answer' });
  failures = [new SendError('away', false)];
  const { agent } = await start();
  await bus.inbox.put(inbound('a'));
  await eventually(idle);
  expect(sent).toEqual([{ to: 'room', text: 'answer', key: 'a/1' }]);
  failures = [new SendError('blocked', true)];
  await bus.inbox.put(inbound('b'));
  await eventually(idle);
  expect(await bus.deadLetters()).toMatchObject([{ queue: 'outbox', id: 'b/1', attempts: 1, error: 'blocked' }]);
  await agent.stop(5);
});

/** A tool that waits until the test lets go. */
function gate(): { tool: Tool; entered: Promise<void>; open(): void } {
  const entered = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<string>();
  const run = async () => {
    entered.resolve();
    return opened.promise;
  };
  return {
    tool: { name: 'gate', description: 'waits', input: z.object({}), run },
    entered: entered.promise,
    open: () => opened.resolve('ok'),
  };
}

test('an orderly stop ends what is running and delivers it; what came later waits', async () => {
  mock.on({ hasToolResult: false }, { toolCalls: [{ name: 'gate', arguments: '{}' }] });
  mock.on({ hasToolResult: true }, { content: 'done' });
  const { tool, entered, open } = gate();
  const { agent } = await start({}, [tool]);
  await bus.inbox.put(inbound('a'));
  await entered;
  const stopped = agent.stop(30);
  await bus.inbox.put(inbound('b', { session: 'other' }));
  open();
  await stopped;
  expect(sent).toEqual([{ to: 'room', text: 'done', key: 'a/1' }]);
  expect(await bus.inbox.depth()).toEqual({ pending: 1, active: 0, dead: 0 });
});

test('what does not end in time is given back, with no try counted, and answered by the next process', async () => {
  mock.on({ hasToolResult: false }, { toolCalls: [{ name: 'gate', arguments: '{}' }] });
  mock.on({ hasToolResult: true }, { content: 'done' });
  const first = gate();
  const { agent } = await start({}, [first.tool]);
  await bus.inbox.put(inbound('a'));
  await first.entered;
  await agent.stop(0.1);
  expect([sent, await bus.inbox.depth()]).toEqual([[], { pending: 1, active: 0, dead: 0 }]);
  const given = await bus.inbox.claim();
  expect(given?.attempt).toBe(1);
  await bus.inbox.release(given as NonNullable<typeof given>);
  const second = gate();
  second.open();
  const again = await start({}, [second.tool]);
  await eventually(idle);
  expect(sent).toEqual([{ to: 'room', text: 'done', key: 'a/1' }]);
  await again.agent.stop(5);
});

test('sessions do not wait for each other', async () => {
  mock.on({ userMessage: 'slow', hasToolResult: false }, { toolCalls: [{ name: 'gate', arguments: '{}' }] });
  mock.onMessage('slow', { content: 'slow done' });
  mock.onMessage('quick', { content: 'quick done' });
  const { tool, entered, open } = gate();
  const { agent } = await start({}, [tool]);
  await bus.inbox.put(inbound('a', { session: 'a', text: 'slow' }));
  await entered;
  await bus.inbox.put(inbound('b', { session: 'b', text: 'quick' }));
  await eventually(() => sent.length === 1);
  open();
  await eventually(idle);
  expect(sent.map(({ text }) => text)).toEqual(['quick done', 'slow done']);
  await agent.stop(5);
});

test('with nobody who takes answers, no more are made', async () => {
  mock.onMessage(/.*/, { content: 'answer' });
  for (let index = 0; index < 100; index += 1)
    await bus.outbox.put({ key: `x${index}`, channel: 'away', to: 'x', text: '' });
  const { agent } = await start();
  await bus.inbox.put(inbound('a'));
  await bus.inbox.ready(AbortSignal.timeout(100));
  expect([mock.getRequests(), await bus.inbox.depth()]).toEqual([[], { pending: 1, active: 0, dead: 0 }]);
  await agent.stop(5);
});

/** The store takes nothing of one kind, as on a full disk, until `mend`. */
function breakStore(what: string): { mend(): void } {
  database.exec(`CREATE TRIGGER broken BEFORE ${what} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
  return { mend: () => database.exec('DROP TRIGGER broken') };
}

test.each([
  ['its history', `INSERT ON turn`],
  ['the answer', `INSERT ON message WHEN new.queue = 'outbox'`],
])('a store that cannot take %s for a while: kept until it can, and no second run', async (_name, what) => {
  mock.onMessage(/.*/, { content: 'answer' });
  const { agent, log } = await start();
  const { mend } = breakStore(what);
  await bus.inbox.put(inbound('a'));
  await eventually(() => log.text().includes('database or disk is full'));
  mend();
  await eventually(idle);
  expect([mock.getRequests().length, sent]).toEqual([1, [{ to: 'room', text: 'answer', key: 'a/1' }]]);
  await agent.stop(5);
});

test('a store that cannot take that an answer was sent: it is not sent again', async () => {
  mock.onMessage(/.*/, { content: 'answer' });
  const { agent, log } = await start();
  const { mend } = breakStore(`UPDATE ON message WHEN new.queue = 'outbox' AND new.state = 'done'`);
  await bus.inbox.put(inbound('a'));
  await eventually(() => log.text().includes('database or disk is full'));
  mend();
  await eventually(idle);
  expect(sent).toEqual([{ to: 'room', text: 'answer', key: 'a/1' }]);
  await agent.stop(5);
});

test('a store that takes nothing does not keep the program from stopping', async () => {
  mock.onMessage(/.*/, { content: 'answer' });
  const { agent, log } = await start();
  const { mend } = breakStore(`UPDATE ON message WHEN new.state <> 'active'`);
  await bus.inbox.put(inbound('a'));
  await eventually(() => log.text().includes('database or disk is full'));
  await agent.stop(0.1);
  mend();
  expect(await bus.inbox.depth()).toEqual({ pending: 0, active: 1, dead: 0 });
});
