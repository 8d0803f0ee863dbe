import { LLMock } from '@copilotkit/aimock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Agent } from './agent.ts';
import { SqliteBus } from './bus-sqlite.ts';
import type { ConfigInput } from './config.ts';
import { openDatabase } from './database.ts';
import { History } from './history.ts';
import { Metrics } from './metrics.ts';
import { connectModels } from './models.ts';
import { Schedules } from './schedule.ts';
import { eventually, recordedLog, temporaryFolder, testConfig } from './testing.ts';

let folder: ReturnType<typeof temporaryFolder>;
let database: ReturnType<typeof openDatabase>;
let bus: SqliteBus;
let now: number;
let cancelled: string[];
const log = recordedLog();

beforeEach(() => {
  folder = temporaryFolder();
  database = openDatabase(folder.state);
  now = Date.parse('2026-03-10T09:59:30Z');
  cancelled = [];
  bus = new SqliteBus(database, {
    high: 3,
    low: 1,
    tries: 3,
    sendTries: 3,
    retentionDays: 14,
    leaseSeconds: 60,
    now: () => now,
  });
});
afterEach(() => {
  database.close();
  folder[Symbol.dispose]();
});

type Given = Partial<NonNullable<ConfigInput['schedules']>[string]>;

/** As after a start of the process: nothing is known but what the bus knows. */
function open(given: Given = {}): Schedules {
  const config = testConfig(folder, {
    channels: { telegram: { token: { env: 'X' }, allow: [] } },
    schedules: {
      daily: { cron: '0 10 * * *', prompt: 'Look.', deliverTo: { channel: 'telegram', to: '1' }, ...given },
    },
  });
  return new Schedules(config.schedules, {
    sink: (message) => bus.inbox.put(message),
    inbox: bus.inbox,
    cancel: (id) => cancelled.push(id),
    log: log.log,
    now: () => now,
  });
}

async function at(time: string, schedules: Schedules): Promise<string[]> {
  now = Date.parse(time);
  const before = ids();
  await schedules.tick();
  return ids().filter((id) => !before.includes(id));
}
const ids = () =>
  (database.prepare('SELECT id FROM message ORDER BY seq').all() as { id: string }[]).map(({ id }) => id);
const firing = (time: string) => `schedule:daily:${time}:00.000Z`;

test('it fires at its time, once, and the message is the operator’s', async () => {
  const schedules = open();
  expect(await at('2026-03-10T09:59:59.999Z', schedules)).toEqual([]);
  expect(await at('2026-03-10T10:00:00Z', schedules)).toEqual([firing('2026-03-10T10:00')]);
  expect(await at('2026-03-10T10:00:30Z', schedules)).toEqual([]);
  expect((await bus.inbox.claim())?.message).toEqual({
    id: firing('2026-03-10T10:00'),
    channel: 'schedule',
    session: 'schedule:daily',
    sender: 'daily',
    trust: 'operator',
    text: 'Look.',
    replyTo: { channel: 'telegram', to: '1' },
  });
});

test('the wait is until the next time, and never so long that a clock that was set goes unnoticed', async () => {
  const schedules = open();
  now = Date.parse('2026-03-10T09:59:50Z');
  expect(await schedules.tick()).toBe(10_000);
  now = Date.parse('2026-03-10T10:00:00Z');
  expect(await schedules.tick()).toBe(30_000);
});

test('a restart does not fire again, whether the message waits, is worked on or is done', async () => {
  await at('2026-03-10T10:00:00Z', open({ concurrency: 'Allow' }));
  expect(await at('2026-03-10T10:00:10Z', open({ concurrency: 'Allow' }))).toEqual([]);
  const claim = await bus.inbox.claim();
  expect(await at('2026-03-10T10:00:20Z', open({ concurrency: 'Allow' }))).toEqual([]);
  await bus.complete(claim as never, []);
  expect(await at('2026-03-10T10:00:30Z', open({ concurrency: 'Allow' }))).toEqual([]);
});

test('what a stop missed is made up for until the deadline, the latest only', async () => {
  expect(await at('2026-03-10T10:05:00Z', open())).toEqual([]);
  expect(await at('2026-03-10T10:04:59Z', open())).toEqual([firing('2026-03-10T10:00')]);
  expect(await at('2026-03-10T12:03:30Z', open({ cron: '* * * * *', concurrency: 'Allow' }))).toEqual([
    firing('2026-03-10T12:03'),
  ]);
});

test('a clock that jumps ahead fires once, and one that goes back repeats nothing and silences nothing', async () => {
  const schedules = open({ cron: '* * * * *', concurrency: 'Allow' });
  expect(await at('2026-03-10T10:00:00Z', schedules)).toEqual([firing('2026-03-10T10:00')]);
  expect(await at('2027-03-10T10:00:20Z', schedules)).toEqual([firing('2027-03-10T10:00')]);
  expect(await at('2026-03-10T10:01:05Z', schedules)).toEqual([firing('2026-03-10T10:01')]);
  expect(await at('2026-03-10T10:00:40Z', schedules)).toEqual([]);
});

test('Forbid leaves a firing out while the last one waits or is worked on', async () => {
  const schedules = open({ cron: '* * * * *' });
  await at('2026-03-10T10:00:00Z', schedules);
  expect(await at('2026-03-10T10:01:00Z', schedules)).toEqual([]);
  const claim = await bus.inbox.claim();
  expect(await at('2026-03-10T10:02:00Z', schedules)).toEqual([]);
  await bus.complete(claim as never, []);
  expect(await at('2026-03-10T10:02:30Z', schedules)).toEqual([]);
  expect(await at('2026-03-10T10:03:00Z', schedules)).toEqual([firing('2026-03-10T10:03')]);
});

test('Allow gives each firing a session of its own, so that they run at once', async () => {
  const schedules = open({ cron: '* * * * *', concurrency: 'Allow' });
  await at('2026-03-10T10:00:00Z', schedules);
  await at('2026-03-10T10:01:00Z', schedules);
  expect([(await bus.inbox.claim())?.id, (await bus.inbox.claim())?.id]).toEqual([
    firing('2026-03-10T10:00'),
    firing('2026-03-10T10:01'),
  ]);
});

test('Replace ends the one that is worked on, and a repeated tick does not end the new one', async () => {
  const schedules = open({ cron: '* * * * *', concurrency: 'Replace' });
  await at('2026-03-10T10:00:00Z', schedules);
  const first = await bus.inbox.claim();
  await at('2026-03-10T10:01:00Z', schedules);
  expect(cancelled).toEqual([firing('2026-03-10T10:00')]);
  expect(await bus.complete(first as never, [])).toBe(false);
  const second = await bus.inbox.claim();
  expect(second?.id).toBe(firing('2026-03-10T10:01'));
  await at('2026-03-10T10:01:20Z', open({ cron: '* * * * *', concurrency: 'Replace' }));
  expect(await bus.complete(second as never, [])).toBe(true);
});

test('while the inbox is full a firing waits, until its deadline', async () => {
  const schedules = open();
  const other = (id: string) => ({
    id,
    channel: 'c',
    session: id,
    sender: 's',
    trust: 'operator' as const,
    text: '',
    replyTo: { channel: 'c', to: 't' },
  });
  for (const id of ['1', '2', '3']) await bus.inbox.put(other(id));
  expect(await at('2026-03-10T10:00:00Z', schedules)).toEqual([]);
  for (let count = 0; count < 3; count += 1) await bus.complete((await bus.inbox.claim()) as never, []);
  expect(await at('2026-03-10T10:00:30Z', schedules)).toEqual([firing('2026-03-10T10:00')]);
});

test('times are local to the zone, over both changes of the clocks', async () => {
  const schedules = open({ cron: '30 2 * * *', timeZone: 'Europe/Berlin', concurrency: 'Allow' });
  const hours = async (day: string) => {
    const fired: string[] = [];
    for (const time of ['00:30', '01:00', '01:30', '02:00']) fired.push(...(await at(`${day}T${time}:00Z`, schedules)));
    for (let claim = await bus.inbox.claim(); claim !== undefined; claim = await bus.inbox.claim())
      await bus.complete(claim, []);
    return fired;
  };
  expect(await hours('2026-03-28')).toEqual([firing('2026-03-28T01:30')]);
  expect(await hours('2026-03-29')).toEqual([firing('2026-03-29T01:00')]);
  expect(await hours('2026-10-25')).toEqual([firing('2026-10-25T00:30')]);
  expect(await hours('2026-10-26')).toEqual([firing('2026-10-26T01:30')]);
});

test.each([
  [
    'a field that is out of range',
    { cron: '61 * * * *' },
    'schedules.daily: CronPattern: Invalid value for minute: 61',
  ],
  ['seconds', { cron: '* * * * * *' }, 'schedules.daily: '],
  ['a zone that there is not', { timeZone: 'Mars/Phobos' }, 'schedules.daily: '],
  ['a day that never comes', { cron: '0 0 30 2 *' }, 'schedules.daily.cron: never fires'],
  [
    'a channel that is not configured',
    { deliverTo: { channel: 'webhook' as 'telegram', to: '1' } },
    'schedules.daily.deliverTo.channel',
  ],
])('a configuration is refused: %s', (_name, given, why) => {
  expect(() => open(given)).toThrow(why);
});

test('a run that is replaced stops in the middle, and answers nothing', async () => {
  const mock = await LLMock.create({ port: 0 });
  mock.onMessage('Look.', { content: 'too late' }, { latency: 3_600_000 });
  const config = testConfig(folder, {
    models: {
      providers: { local: { api: 'openai-compatible', baseUrl: `${mock.url}/v1` } },
      chain: [{ provider: 'local', model: 'm' }],
      retrySeconds: [],
    },
  });
  const agent = new Agent({
    config,
    links: await connectModels(config.models),
    toolboxes: [],
    channels: [],
    bus,
    history: new History(database),
    metrics: new Metrics(),
    log: log.log,
  });
  await at('2026-03-10T10:00:00Z', open());
  agent.start();
  await eventually(() => mock.getRequests().length === 1);
  await bus.inbox.clear('schedule:daily', '');
  agent.cancel(firing('2026-03-10T10:00'));
  await agent.stop(3600);
  expect([await bus.outbox.depth(), await bus.inbox.depth()]).toEqual([
    { pending: 0, active: 0, dead: 0 },
    { pending: 0, active: 0, dead: 0 },
  ]);
  await mock.stop();
});
