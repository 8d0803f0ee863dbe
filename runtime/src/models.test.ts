import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LLMock } from '@copilotkit/aimock';
import { generateText, isStepCount, tool } from 'ai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { type ConfigInput, parseConfig } from './config.ts';
import { Metrics } from './metrics.ts';
import { type ChainOptions, connectModels, ModelsUnavailable, modelChain } from './models.ts';
import { recordedLog } from './testing.ts';

process.env.RUNTIME_TEST_KEY = 'canary-key-0123456789';
const apiKey = { env: 'RUNTIME_TEST_KEY' };

let primary: LLMock;
let second: LLMock;
beforeEach(async () => {
  [primary, second] = await Promise.all([LLMock.create({ port: 0 }), LLMock.create({ port: 0 })]);
  second.onMessage(/.*/, { content: 'from the second' });
});
afterEach(async () => {
  await Promise.all([primary.stop(), second.stop()]);
});

function compatible(mock: LLMock | string): ConfigInput['models']['providers'][string] {
  return { api: 'openai-compatible', apiKey, baseUrl: `${typeof mock === 'string' ? mock : mock.url}/v1` };
}

async function chain(providers: ConfigInput['models']['providers'], options: Partial<ChainOptions> = {}) {
  const { models } = parseConfig({
    agent: { name: 'a' },
    state: '/s',
    workspace: '/w',
    models: {
      providers,
      chain: Object.keys(providers).map((provider) => ({ provider, model: 'm-1', price: { input: 3, output: 15 } })),
    },
  });
  const metrics = new Metrics();
  const log = recordedLog();
  const model = modelChain(await connectModels(models), {
    retrySeconds: [],
    idleSeconds: 5,
    metrics,
    log: log.log,
    ...options,
  });
  const ask = async (prompt = 'hello') => (await generateText({ model, prompt, maxRetries: 0 })).text;
  const calls = async () =>
    Object.fromEntries(
      (await metrics.modelCalls.get()).values.map(({ labels, value }) => [
        `${labels.provider} ${labels.outcome}`,
        value,
      ]),
    );
  return { model, ask, calls, metrics, log };
}

const apis: [string, (url: string) => ConfigInput['models']['providers'][string]][] = [
  ['openai-compatible', (url) => ({ api: 'openai-compatible', apiKey, baseUrl: `${url}/v1` })],
  ['openai', (url) => ({ api: 'openai', apiKey, baseUrl: `${url}/v1` })],
  ['anthropic', (url) => ({ api: 'anthropic', apiKey, baseUrl: `${url}/v1` })],
  ['google', (url) => ({ api: 'google', apiKey, baseUrl: `${url}/v1beta` })],
  ['azure', (url) => ({ api: 'azure', apiKey, baseUrl: `${url}/openai` })],
];

test.each(apis)('%s: text, tool call and result over the wire, with usage and cost', async (_api, provider) => {
  primary.on(
    { userMessage: 'weather', hasToolResult: false },
    { toolCalls: [{ name: 'weather', arguments: '{"city":"Bern"}' }], usage: { input_tokens: 10, output_tokens: 5 } },
  );
  primary.on(
    { userMessage: 'weather', hasToolResult: true },
    { content: 'it snows', usage: { input_tokens: 20, output_tokens: 7 } },
  );
  const { model, metrics } = await chain({ main: provider(primary.url) });
  const asked: unknown[] = [];
  const weather = tool({
    inputSchema: z.object({ city: z.string() }),
    execute: async (input) => {
      asked.push(input);
      return 'snow';
    },
  });
  const { text } = await generateText({
    model,
    prompt: 'weather',
    tools: { weather },
    stopWhen: isStepCount(3),
    maxRetries: 0,
  });
  expect([asked, text]).toEqual([[{ city: 'Bern' }], 'it snows']);
  const tokens = (await metrics.tokens.get()).values.map(({ labels, value }) => [labels.direction, value > 0]);
  expect(tokens).toEqual([
    ['input', true],
    ['output', true],
  ]);
  expect((await metrics.cost.get()).values[0]?.value).toBeGreaterThan(0);
});

test.each([
  ['429', 429, 'again'],
  ['500', 500, 'again'],
  ['503', 503, 'again'],
  ['401', 401, 'elsewhere'],
  ['404', 404, 'elsewhere'],
  ['400: too long a prompt', 400, 'elsewhere'],
])('%s: the next model answers', async (_name, status, outcome) => {
  primary.onMessage(/.*/, { error: { message: 'no' }, status });
  const { ask, calls } = await chain({ main: compatible(primary), spare: compatible(second) });
  expect(await ask()).toBe('from the second');
  expect(await calls()).toEqual({ [`main ${outcome}`]: 1, 'spare answer': 1 });
});

test.each([
  ['a dropped request', { dropRate: 1 }],
  ['a malformed body', { malformedRate: 1 }],
  ['a connection that breaks', { disconnectRate: 1 }],
])('%s: the next model answers', async (_name, chaos) => {
  primary.onMessage(/.*/, { content: 'never' }).setChaos(chaos);
  const { ask, calls } = await chain({ main: compatible(primary), spare: compatible(second) });
  expect(await ask()).toBe('from the second');
  expect(await calls()).toMatchObject({ 'spare answer': 1 });
});

test('an answer that breaks off in the middle is no answer', async () => {
  primary.onMessage(/.*/, { content: 'a long answer that is cut somewhere' }, { chunkSize: 4, truncateAfterChunks: 3 });
  const { ask } = await chain({ main: compatible(primary), spare: compatible(second) });
  expect(await ask()).toBe('from the second');
});

test('nor is one that ends without saying so, on a connection that is closed in good order', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"half"}}]}\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { ask } = await chain({ main: compatible(url), spare: compatible(second) });
  expect(await ask()).toBe('from the second');
  server.close();
});

test('a closed port: the next model answers', async () => {
  const { ask, calls } = await chain({ main: compatible('http://127.0.0.1:9'), spare: compatible(second) });
  expect(await ask()).toBe('from the second');
  expect(await calls()).toEqual({ 'main again': 1, 'spare answer': 1 });
});

test('a tool call that ends with `stop`, as some servers say it, is run', async () => {
  primary.on({ hasToolResult: false }, { toolCalls: [{ name: 'ping', arguments: '{}' }], finishReason: 'stop' });
  primary.on({ hasToolResult: true }, { content: 'pong' });
  const { model } = await chain({ main: compatible(primary) });
  const ping = tool({ inputSchema: z.object({}), execute: async () => 'ok' });
  expect((await generateText({ model, prompt: 'ping', tools: { ping }, stopWhen: isStepCount(3) })).text).toBe('pong');
});

test('a provider that hangs is left after the idle time, before and in the middle of an answer', async () => {
  for (const head of [false, true]) {
    const server = createServer((_request, response) => {
      if (head)
        response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write('data: {"choices":[{"delta":{"content":"half"}}]}\n\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { ask, log } = await chain({ main: compatible(url), spare: compatible(second) }, { idleSeconds: 0.2 });
    expect(await ask()).toBe('from the second');
    expect(log.text()).toContain('no sign of an answer for 0.2 s');
    server.closeAllConnections();
    server.close();
  }
});

test('a redirect is not followed: the key stays where it belongs', async () => {
  const server = createServer((_request, response) =>
    response.writeHead(307, { location: `${second.url}/v1/chat/completions` }).end(),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { ask } = await chain({ main: compatible(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) });
  await expect(ask()).rejects.toThrow(ModelsUnavailable);
  expect(second.getRequests()).toEqual([]);
  server.close();
});

test('the whole chain is tried again while a failure may pass', async () => {
  primary.onMessage(/.*/, { content: 'at last' });
  primary.nextRequestError(503).nextRequestError(503);
  const { ask, calls } = await chain({ main: compatible(primary) }, { retrySeconds: [0.01, 0.01, 0.01] });
  expect(await ask()).toBe('at last');
  expect(await calls()).toEqual({ 'main again': 2, 'main answer': 1 });
});

test('after the last try it says of each model why, and nothing of the key', async () => {
  primary.onMessage(/.*/, { error: { message: 'quota for canary-key-0123456789' }, status: 429 });
  const { ask, calls } = await chain(
    { main: compatible(primary), closed: compatible('http://127.0.0.1:9') },
    { retrySeconds: [0.01, 0.01] },
  );
  const error = await ask().catch((thrown: unknown) => thrown as ModelsUnavailable);
  expect(error).toBeInstanceOf(ModelsUnavailable);
  expect((error as ModelsUnavailable).reasons).toMatchObject(
    [/^main\/m-1: quota for \[redacted\] 429/, /^closed\/m-1: Cannot connect to API/].map((shape) =>
      expect.stringMatching(shape),
    ),
  );
  expect(await calls()).toEqual({ 'main again': 3, 'closed again': 3 });
});

test('what cannot pass is not waited for', async () => {
  primary.onMessage(/.*/, { error: { message: 'wrong key' }, status: 401 });
  const { ask, calls } = await chain({ main: compatible(primary) }, { retrySeconds: [3600] });
  await expect(ask()).rejects.toThrow('wrong key');
  expect(await calls()).toEqual({ 'main elsewhere': 1 });
});

test('sixty questions to a primary that fails at random: sixty answers', async () => {
  primary
    .onMessage(/.*/, { content: 'from the primary' })
    .setChaos({ dropRate: 0.2, malformedRate: 0.2, disconnectRate: 0.2, rateLimitRate: 0.2 });
  const { ask, calls } = await chain({ main: compatible(primary), spare: compatible(second) });
  const answers: string[] = [];
  for (let round = 0; round < 60; round += 1) answers.push(await ask());
  expect(answers.filter((answer) => answer === 'from the primary' || answer === 'from the second')).toHaveLength(60);
  const { 'main again': failed = 0 } = await calls();
  expect(failed).toBeGreaterThan(0);
});
