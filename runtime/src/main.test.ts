import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteBus } from './bus-sqlite.ts';
import { openDatabase } from './database.ts';
import { inbound, temporaryFolder } from './testing.ts';
import { freePort, killAll, startMain } from './testing-process.ts';

let mock: LLMock;
let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let hooks = 0;
let status = 0;

beforeEach(async () => {
  mock = await LLMock.create({ port: 0 });
  folder = temporaryFolder();
  file = join(folder.path, 'config.json');
  [hooks, status] = [await freePort(), await freePort()];
  writeFileSync(join(folder.path, 'key'), 'canary-main-0123456789\n');
  writeFileSync(
    file,
    JSON.stringify({
      agent: { name: 'tested' },
      state: folder.state,
      workspace: folder.workspace,
      models: {
        providers: {
          local: { api: 'openai-compatible', baseUrl: `${mock.url}/v1`, apiKey: { file: join(folder.path, 'key') } },
        },
        chain: [{ provider: 'local', model: 'm' }],
        retrySeconds: [],
      },
      http: { host: '127.0.0.1', port: status },
      channels: {
        telegram: { token: { file: join(folder.path, 'key') }, allow: ['7'], apiRoot: 'http://127.0.0.1:9' },
        webhook: {
          port: hooks,
          sources: {
            any: {
              format: 'generic',
              auth: { kind: 'bearer', secret: { file: join(folder.path, 'key') } },
              prompt: 'p',
              deliverTo: { channel: 'telegram', to: '7' },
            },
          },
        },
      },
    }),
  );
});
afterEach(async () => {
  killAll();
  await mock.stop();
  folder[Symbol.dispose]();
});

const get = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${status}${path}`);
  return { status: response.status, text: await response.text() };
};

test('chat: lines in, answers out, on an agent of its own', async () => {
  mock.onMessage('hello', { content: 'hi' });
  mock.onMessage('bye', { content: 'see you' });
  const { output, exit } = startMain(['chat', '--config', file], { input: 'hello\n\nbye\n' });
  expect([await exit, output()]).toEqual([0, 'hi\nsee you\n']);
});

test('chat beside a running agent: that one answers', async () => {
  mock.onMessage('hello', { content: 'hi' });
  const agent = startMain(['agent', '--config', file]);
  await agent.said('"ready"');
  const chat = startMain(['chat', '--config', file], { input: 'hello\n' });
  expect([await chat.exit, chat.output()]).toEqual([0, 'hi\n']);
  expect(agent.output()).toContain('"session":"cli:local"');
});

test('agent: ready with what is wrong, metrics, drained by SIGTERM, and no secret in what it says', async () => {
  mkdirSync(join(folder.workspace, 'skills/Bad'), { recursive: true });
  mock.onMessage(/.*/, { content: 'noted' });
  const { child, output, said, exit } = startMain(['agent', '--config', file]);
  await said('"ready"');
  await said('poll failed');
  const post = await fetch(`http://127.0.0.1:${hooks}/hooks/any`, {
    method: 'POST',
    body: 'x',
    headers: { authorization: 'Bearer canary-main-0123456789' },
  });
  await said('message handled');
  const ready = await get('/readyz');
  expect([post.status, (await get('/healthz')).status, ready.status]).toEqual([202, 200, 200]);
  const { ok, notes } = JSON.parse(ready.text) as { ok: boolean; notes: string[] };
  expect([ok, notes]).toEqual([
    true,
    [expect.stringMatching(/^telegram: /), expect.stringMatching(/^skill Bad is left out: /)],
  ]);
  const metrics = (await get('/metrics')).text;
  expect(metrics).toContain('chitin_messages_received_total{channel="webhook",outcome="accepted"} 1');
  expect(metrics).toContain('chitin_model_calls_total{provider="local",model="m",outcome="answer"} 1');
  expect(metrics).toMatch(/chitin_queue_depth\{queue="outbox",state="(pending|active)"\} 1/);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(output()).toContain('"stopped"');
  expect(output()).not.toContain('canary');
});

test('a second agent on the same state is refused; the lock of a killed one is free', async () => {
  const config = JSON.parse(await import('node:fs').then(({ readFileSync }) => readFileSync(file, 'utf8'))) as object;
  writeFileSync(
    file,
    JSON.stringify({
      ...config,
      channels: {},
      shutdownSeconds: 1,
      http: { host: '127.0.0.1', port: await freePort() },
    }),
  );
  const first = startMain(['agent', '--config', file]);
  await first.said('"ready"');
  const second = startMain(['agent', '--config', file]);
  expect([await second.exit, second.output()]).toEqual([1, `another process works on ${folder.state}\n`]);
  first.child.kill('SIGKILL');
  await first.exit;
  await startMain(['agent', '--config', file]).said('"ready"');
});

test('dead letters are listed and replayed', async () => {
  const database = openDatabase(folder.state);
  const bus = new SqliteBus(database, { high: 9, low: 1, tries: 1, sendTries: 1, retentionDays: 1, leaseSeconds: 60 });
  for (const id of ['a', 'b']) await bus.inbox.put(inbound(id, { session: id }));
  for (const reason of ['x', 'y']) await bus.inbox.fail((await bus.inbox.claim()) as never, reason);
  const list = startMain(['deadletters', 'list', '--config', file]);
  await list.exit;
  const letters = list
    .output()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(letters).toMatchObject([
    { queue: 'inbox', id: 'a', error: 'x' },
    { queue: 'inbox', id: 'b', error: 'y' },
  ]);
  expect(await startMain(['deadletters', 'replay', 'inbox', 'a', '--config', file]).exit).toBe(0);
  expect(await startMain(['deadletters', 'replay', 'inbox', 'a', '--config', file]).exit).toBe(1);
  expect(await bus.deadLetters()).toMatchObject([{ id: 'b' }]);
  expect(await startMain(['deadletters', 'replay', '--all', '--config', file]).exit).toBe(0);
  expect(await bus.inbox.depth()).toEqual({ pending: 2, active: 0, dead: 0 });
  database.close();
});

test.each([
  ['no role', [], 2, /^usage: /],
  ['an unknown role', ['rule'], 2, /^usage: /],
  ['an unknown option', ['agent', '--confg'], 1, /^Unknown option '--confg'/],
  ['no configuration', ['agent'], 1, /^no configuration: give --config FILE or set CHITIN_CONFIG\n$/],
])('%s: said in words, without a stack', async (_name, args, code, text) => {
  const { output, exit } = startMain(args);
  expect([await exit, output()]).toEqual([code, expect.stringMatching(text)]);
  expect(output()).not.toContain('    at ');
});

test('config: silent about a right configuration, whose files need not be there', async () => {
  writeFileSync(
    file,
    '{"agent":{"name":"a"},"state":"/s","workspace":"/w","models":{"providers":{"p":{"api":"openai","apiKey":{"file":"/k"}}},"chain":[{"provider":"p","model":"m"}]}}',
  );
  const { output, exit } = startMain(['config', '--config', file]);
  expect([await exit, output()]).toEqual([0, '']);
});

test.each(['agent', 'config'])('%s with a wrong configuration: every path, exit 1, nothing started', async (role) => {
  writeFileSync(
    file,
    '{"agent":{"name":"a","nam":1},"state":"/s","workspace":"/w","models":{"providers":{},"chain":[]},"extra":1}',
  );
  const { output, exit } = startMain([role, '--config', file]);
  expect(await exit).toBe(1);
  expect(output().split('\n').slice(1, -1)).toEqual([
    '  agent.nam: unknown key',
    '  extra: unknown key',
    expect.stringMatching(/^ {2}models\.chain: /),
  ]);
});
