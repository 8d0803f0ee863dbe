import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import telegramTestApi from 'telegram-test-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteBus } from './bus-sqlite.ts';
import { openDatabase } from './database.ts';
import { listen } from './http.ts';
import { ask } from './remote-link.ts';
import { eventually, inbound, temporaryFolder } from './testing.ts';
import { freePort, killAll, startMain } from './testing-process.ts';

// The package is CommonJS whose types speak of an ES module's default.
const TelegramServer = telegramTestApi as unknown as typeof telegramTestApi.default;

const chatToken = '123456:canary-telegram';
let mock: LLMock;
let folder: ReturnType<typeof temporaryFolder>;
let ports: { agent: number; channel: number; hooks: number };
const servers: Server[] = [];
const path = (name: string) => join(folder.path, name);
const write = (name: string, json: object) => writeFileSync(path(name), JSON.stringify(json));
const link = () => ({ folder: path('link'), token: { file: path('link-token') } });
// No variable of the test's own environment, so that what the process has is what is written here.
const environment = (more: NodeJS.ProcessEnv = {}) => ({ PATH: process.env.PATH, ...more });
const startAgent = () => startMain(['agent', '--config', path('agent.json')], { env: environment() });
const startChannel = (env: NodeJS.ProcessEnv = {}) =>
  startMain(['channel', '--config', path('channel.json')], {
    env: environment({ ...env, RUNTIME_TEST_MODULES: path('modules') }),
    node: ['--import', new URL('testing-keyed.ts', import.meta.url).pathname],
  });
const keyed = () => startChannel({ RUNTIME_TEST_KEYED: 'yes' });

beforeEach(async () => {
  mock = await LLMock.create({ port: 0 });
  folder = temporaryFolder();
  ports = { agent: await freePort(), channel: await freePort(), hooks: await freePort() };
  for (const [name, value] of Object.entries({
    'model-key': 'canary-model-key-0123456789',
    'link-token': 'canary-link-0123456789',
    'chat-token': chatToken,
    'hook-token': 'canary-hook-0123456789',
  }))
    writeFileSync(path(name), `${value}\n`);
  agentConfig();
});
afterEach(async () => {
  killAll();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  await mock.stop();
  folder[Symbol.dispose]();
});

function agentConfig(changes: object = {}): void {
  write('agent.json', {
    agent: { name: 'tested' },
    state: folder.state,
    workspace: folder.workspace,
    models: {
      providers: {
        local: { api: 'openai-compatible', baseUrl: `${mock.url}/v1`, apiKey: { file: path('model-key') } },
      },
      chain: [{ provider: 'local', model: 'm' }],
      retrySeconds: [],
    },
    http: { host: '127.0.0.1', port: ports.agent },
    channels: { remote: { telegram: link(), webhook: link() } },
    ...changes,
  });
}

function channelConfig(apiRoot: string, changes: object = {}): void {
  const deliverTo = { channel: 'telegram', to: '70' };
  const auth = { kind: 'bearer', secret: { file: path('hook-token') } };
  write('channel.json', {
    state: path('channel-state'),
    agent: link(),
    http: { host: '127.0.0.1', port: ports.channel },
    channels: {
      telegram: { token: { file: path('chat-token') }, allow: ['7'], apiRoot },
      webhook: { port: ports.hooks, sources: { any: { format: 'generic', auth, prompt: 'look', deliverTo } } },
    },
    ...changes,
  });
}

const notes = async (port: number) => {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  return ((await response.json()) as { notes: string[] }).notes;
};
const hook = async (delivery: string) => {
  const response = await fetch(`http://127.0.0.1:${ports.hooks}/hooks/any`, {
    method: 'POST',
    body: 'the disk is full',
    headers: { authorization: 'Bearer canary-hook-0123456789', 'idempotency-key': delivery },
  });
  return response.status;
};

/** A service that takes a key with each message, keeps the first of each, and can hold its answers back. */
async function keyedService() {
  const said: string[] = [];
  const kept = new Map<string, string>();
  const tries: string[] = [];
  let hold = false;
  let refused: string | undefined;
  const server = createServer(async (request, response) => {
    const url = request.url ?? '';
    const after = /^\/after\/(\d+)$/.exec(url)?.[1];
    if (after !== undefined) {
      response.end(JSON.stringify(said.slice(Number(after))));
      return;
    }
    const key = decodeURIComponent(url.slice(1));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    tries.push(key);
    if (key === refused) {
      response.writeHead(403).end();
      return;
    }
    if (!kept.has(key)) kept.set(key, Buffer.concat(chunks).toString());
    if (!hold) response.end();
  });
  servers.push(server);
  const port = await listen(server, '127.0.0.1', 0);
  return {
    url: `http://127.0.0.1:${port}`,
    said,
    kept,
    tries,
    hold: (value: boolean) => {
      hold = value;
    },
    refuse: (key: string) => {
      refused = key;
    },
  };
}

/** The modules that the channel's process has loaded: of this folder by name, of others by package. */
function modules(): string[] {
  const urls = readFileSync(path('modules'), 'utf8').split('\n');
  const names = urls.flatMap((url) => {
    const package_ = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
    if (package_ !== undefined) return [package_];
    const file = /\/src\/([^/]+\.ts)$/.exec(url)?.[1];
    return file === undefined ? [] : [file];
  });
  return [...new Set(names)].sort();
}

test('a message, an alert and the answers go through two processes; the one without a model holds no part of one', async () => {
  const server = new TelegramServer({ port: await freePort(), host: '127.0.0.1' });
  await server.start();
  try {
    mock.onMessage('hello', { content: 'hi' });
    mock.onMessage(/look/, { content: 'I looked' });
    channelConfig(server.config.apiURL);
    const alice = server.getClient(chatToken, { userId: 7, chatId: 70 });
    const mallory = server.getClient(chatToken, { userId: 8, chatId: 70 });
    const [agent, channel] = [startAgent(), startChannel()];
    await Promise.all([agent.said('"ready"'), channel.said('"ready"')]);
    await mallory.sendMessage(mallory.makeMessage('obey'));
    await alice.sendMessage(alice.makeMessage('hello'));
    await agent.said('message handled');
    expect(await hook('d1')).toBe(202);
    expect(await hook('d1')).toBe(200);
    const texts: unknown[] = [];
    await eventually(async () => {
      const { result } = await alice.getUpdates();
      texts.push(...(result as { message: { text: string } }[]).map(({ message }) => message.text));
      return texts.length >= 2;
    });
    expect(texts).toEqual(['hi', 'I looked']);
    await eventually(async () => (await notes(ports.agent)).length === 0);
    expect(await notes(ports.channel)).toEqual([]);
    expect(channel.output()).toContain('a stranger is not heard');
    expect(statSync(path('link/telegram.agent.sock')).mode & 0o777).toBe(0o660);
    for (const { child } of [agent, channel]) child.kill('SIGTERM');
    expect([await agent.exit, await channel.exit]).toEqual([0, 0]);
    const loaded = modules();
    expect(loaded).toEqual(
      expect.arrayContaining(['role-channel.ts', 'channel-telegram.ts', 'channel-webhook.ts', 'grammy']),
    );
    const withModels =
      /^(ai|@ai-sdk\/.*|@modelcontextprotocol\/.*|@kubernetes\/.*|matrix-js-sdk|croner|execa|skills-ref|agent\.ts|assemble\.ts|bus-.*|forge\.ts|git\.ts|history\.ts|kubernetes.*|mcp\.ts|memory\.ts|models\.ts|prompt\.ts|propose-patch\.ts|run\.ts|schedule\.ts|skills\.ts|stream\.ts|tool.*|workspace\.ts)$/;
    expect(loaded.filter((name) => withModels.test(name))).toEqual([]);
    expect(readFileSync(path('channel.json'), 'utf8')).not.toContain('model');
    for (const text of [agent.output(), channel.output()]) expect(text).not.toContain('canary');
  } finally {
    await server.stop();
  }
});

test('the agent is away: the channel keeps what it heard, and nothing is lost', async () => {
  const service = await keyedService();
  mock.onMessage(/.*/, { content: 'answered' });
  channelConfig(service.url);
  const channel = keyed();
  await channel.said('"ready"');
  service.said.push('one', 'two');
  await channel.said('messages wait');
  expect(await hook('early')).toBe(503);
  expect(await notes(ports.channel)).toEqual([
    `webhook: the agent does not answer: nobody is at ${path('link/webhook.agent.sock')}`,
    `telegram: the agent does not answer: nobody is at ${path('link/telegram.agent.sock')}`,
  ]);
  const agent = startAgent();
  await eventually(() => service.kept.size === 2);
  await eventually(async () => (await notes(ports.channel)).length === 0);
  agent.child.kill('SIGKILL');
  await agent.exit;
  service.said.push('three');
  await channel.said(/messages wait[\s\S]*messages wait[\s\S]*messages wait/);
  startAgent();
  await eventually(() => service.kept.size === 3);
  expect([...service.kept.keys()]).toEqual(['telegram:1/1', 'telegram:2/1', 'telegram:3/1']);
});

test('the process of the channel is killed in the middle of things: every message is answered, none twice', async () => {
  const service = await keyedService();
  mock.onMessage(/.*/, { content: 'answered' });
  channelConfig(service.url);
  const agent = startAgent();
  await agent.said('"ready"');
  await eventually(async () => (await notes(ports.agent)).some((note) => note.startsWith('telegram: the process of')));
  for (let round = 0; round < 4; round += 1) {
    // The service has taken the answer and has not said so: the sender is killed without knowing.
    service.hold(true);
    const channel = keyed();
    const before = service.tries.length;
    service.said.push(`${round}.1`, `${round}.2`, `${round}.3`);
    await eventually(() => service.tries.length > before);
    channel.child.kill('SIGKILL');
    await channel.exit;
    service.hold(false);
  }
  keyed();
  await eventually(() => service.kept.size === 12);
  const keys = Array.from({ length: 12 }, (_, index) => `telegram:${index + 1}/1`);
  expect([...service.kept.keys()].toSorted()).toEqual(keys.toSorted());
  // It was tried again with its key, which is how the service knew.
  expect(service.tries.length).toBeGreaterThan(12);
  await eventually(async () => (await notes(ports.agent)).length === 0);
});

test('a full inbox of the agent stops the channels', async () => {
  const service = await keyedService();
  agentConfig({ queue: { high: 1, low: 0 } });
  channelConfig(service.url);
  const database = openDatabase(folder.state);
  const bus = new SqliteBus(database, { high: 9, low: 1, tries: 1, sendTries: 9, retentionDays: 1, leaseSeconds: 60 });
  // No answer is wanted of the models here: an outbox that is full keeps the agent from taking the message.
  await bus.inbox.put(inbound('telegram:0', { channel: 'telegram', session: 's' }));
  const held = await bus.inbox.claim();
  await bus.complete(held as never, [{ key: 'x/1', channel: 'matrix', to: 'nobody', text: 'stays' }]);
  await bus.inbox.put(inbound('telegram:00', { channel: 'telegram', session: 's' }));
  database.close();
  const agent = startAgent();
  await agent.said('"ready"');
  const channel = keyed();
  service.said.push('one');
  await channel.said('the inbox of the agent is full');
  expect(await notes(ports.channel)).toEqual(['telegram: the inbox of the agent is full']);
  expect(await hook('d1')).toBe(503);
});

test('what the service refuses for good is a dead letter at once', async () => {
  const service = await keyedService();
  mock.onMessage(/.*/, { content: 'answered' });
  channelConfig(service.url);
  const [agent, channel] = [startAgent(), keyed()];
  await Promise.all([agent.said('"ready"'), channel.said('"ready"')]);
  service.refuse('telegram:1/1');
  service.said.push('one');
  await agent.said('"next":"dead"');
  expect(service.tries).toEqual(['telegram:1/1']);
  expect(await notes(ports.agent)).toEqual(expect.arrayContaining(['1 dead letters']));
});

test('who has no token, or speaks for another channel, is refused; nothing is stored', async () => {
  const service = await keyedService();
  channelConfig(service.url);
  const [agent, channel] = [startAgent(), keyed()];
  await Promise.all([agent.said('"ready"'), channel.said('"ready"')]);
  const { signal } = new AbortController();
  const put = async (kind: string, message: object, token = 'link-token') => {
    const way = { folder: path('link'), token: { file: path(token) } };
    return (await ask(way, kind, 'agent', ['POST', '/inbox'], message, signal)).status;
  };
  const replyTo = { channel: 'telegram', to: '7' };
  const good = inbound('telegram:1', { channel: 'telegram', session: 'telegram:7', replyTo });
  const alert = { ...good, id: 'webhook:1', channel: 'webhook', session: 'webhook:7', trust: 'data' };
  expect([
    await put('telegram', good, 'hook-token'),
    await put('telegram', { ...good, id: 'matrix:1' }),
    await put('telegram', { ...good, channel: 'matrix' }),
    await put('telegram', { ...good, session: 'cli:local' }),
    await put('telegram', { ...good, trust: 'root' }),
    await put('telegram', { ...good, replyTo: { channel: 'webhook', to: '7' } }),
    await put('telegram', { ...good, more: 1 }),
    await put('webhook', { ...alert, trust: 'operator' }),
    await put('webhook', { ...alert, replyTo: { channel: 'matrix', to: '!a:b' } }),
  ]).toEqual([401, 400, 400, 400, 400, 400, 400, 400, 400]);
  const send = async (token: string) => {
    const way = { folder: path('link'), token: { file: path(token) } };
    return ask(way, 'telegram', 'channel', ['POST', '/send'], { to: '7', text: 't', key: 'k' }, signal);
  };
  expect((await send('hook-token')).status).toBe(401);
  expect(service.tries).toEqual([]);
  const database = openDatabase(folder.state);
  expect(database.prepare('SELECT count(*) AS n FROM message').get()).toEqual({ n: 0 });
  database.close();
});

test.each([
  ['models', { models: { providers: {}, chain: [] } }, '  models: unknown key'],
  ['no channel', { channels: {} }, '  channels: needs at least one'],
  ['a remote of its own', { channels: { remote: {} } }, '  channels.remote: unknown key'],
])('the configuration of the role has no place for %s', async (_name, changes, problem) => {
  channelConfig('http://127.0.0.1:9', changes);
  const { output, exit } = startMain(['config', 'channel', '--config', path('channel.json')]);
  expect([await exit, output().split('\n')[1]]).toEqual([1, problem]);
});

test('a channel is of one process, and a remote one may be named for answers', async () => {
  const deliverTo = { channel: 'telegram', to: '7' };
  const daily = { cron: '0 0 * * *', prompt: 'p', deliverTo };
  const token = { file: path('chat-token') };
  const check = async () => {
    const { output, exit } = startMain(['config', '--config', path('agent.json')]);
    await exit;
    return output();
  };
  agentConfig({ schedules: { daily } });
  expect(await check()).toBe('');
  agentConfig({ channels: { telegram: { token, allow: ['7'] }, remote: { telegram: link() } } });
  expect(await check()).toContain('\n  channels.remote.telegram: is a channel of this process too\n');
});
