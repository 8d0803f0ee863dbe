import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Inbound, PutResult } from './bus.ts';
import { WebhookChannel } from './channel-webhook.ts';
import { parseConfig } from './config.ts';
import { Metrics } from './metrics.ts';
import { recordedLog } from './testing.ts';

process.env.RUNTIME_TEST_HOOK = 'canary-hook-0123456789';
const secret = { env: 'RUNTIME_TEST_HOOK' };
const deliverTo = { channel: 'telegram', to: '42' };

let channel: WebhookChannel;
let heard: Inbound[];
let result: PutResult | Error;
let now: number;
beforeEach(async () => {
  heard = [];
  result = 'accepted';
  now = Date.UTC(2026, 0, 1);
  const { channels } = parseConfig({
    agent: { name: 'a' },
    state: '/s',
    workspace: '/w',
    models: {
      providers: { m: { api: 'openai-compatible', baseUrl: 'http://m' } },
      chain: [{ provider: 'm', model: 'm' }],
    },
    channels: {
      telegram: { token: secret, allow: [] },
      webhook: {
        maxBytes: 2000,
        sources: {
          alerts: { format: 'alertmanager', auth: { kind: 'bearer', secret }, prompt: 'Explain.', deliverTo },
          sonarr: { format: 'arr', auth: { kind: 'basic', username: 'arr', secret }, prompt: 'Tell.', deliverTo },
          forge: { format: 'generic', auth: { kind: 'hmac', secret }, prompt: 'Look.', deliverTo, perMinute: 2 },
        },
      },
    },
  });
  channel = new WebhookChannel(
    { ...(channels.webhook as NonNullable<typeof channels.webhook>), port: 0 },
    recordedLog().log,
    new Metrics(),
    () => now,
  );
  await channel.start(async (message) => {
    if (result instanceof Error) throw result;
    heard.push(message);
    return result;
  });
});
afterEach(() => channel.stop());

const bearer = { authorization: 'Bearer canary-hook-0123456789' };
const sign = (body: string) => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', 'canary-hook-0123456789').update(body).digest('hex')}`,
});
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${channel.port}${path}`, { method: 'POST', body, headers });

const alert = {
  status: 'firing',
  labels: { alertname: 'DiskFull', node: 'n1' },
  annotations: { summary: '95 %' },
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  fingerprint: 'f1',
};
const payload = (changes: object = {}) =>
  JSON.stringify({
    version: '4',
    groupKey: '{}:{alertname="DiskFull"}',
    status: 'firing',
    receiver: 'agent',
    alerts: [alert],
    ...changes,
  });

test('an alert becomes data with the configured prompt, for the configured address', async () => {
  const { status } = await post('/hooks/alerts', payload(), bearer);
  expect(status).toBe(202);
  expect(heard).toMatchObject([
    {
      id: expect.stringMatching(/^webhook:alerts:[0-9a-f]{32}$/),
      session: expect.stringMatching(/^webhook:alerts:[0-9a-f]{32}$/),
      sender: 'alerts',
      trust: 'data',
      text: 'Explain.',
      data: 'firing: 1 alerts\n- firing since 2026-01-01T00:00:00Z\n  alertname: DiskFull\n  node: n1\n  summary: 95 %',
      replyTo: deliverTo,
    },
  ]);
});

test('one event has one id: a reminder has the same, the end of the alert another, in the same session', async () => {
  const resolved = payload({
    status: 'resolved',
    alerts: [{ ...alert, status: 'resolved', endsAt: '2026-01-01T01:00:00Z' }],
  });
  for (const body of [payload(), payload(), resolved]) await post('/hooks/alerts', body, bearer);
  const [first, again, end] = heard;
  expect([again?.id === first?.id, end?.id === first?.id, end?.session === first?.session]).toEqual([
    true,
    false,
    true,
  ]);
});

test('an *arr event, with basic authorization; the same body ten minutes later is another event', async () => {
  const headers = { authorization: `Basic ${Buffer.from('arr:canary-hook-0123456789').toString('base64')}` };
  const body = JSON.stringify({ eventType: 'Health', instanceName: 'Sonarr', message: 'no indexer' });
  for (const minutes of [0, 0, 10]) {
    now += minutes * 60_000;
    expect((await post('/hooks/sonarr', body, headers)).status).toBe(202);
  }
  expect(new Set(heard.map(({ id }) => id)).size).toBe(2);
  expect(heard[0]?.data).toContain('"message": "no indexer"');
});

test('any body with a signature; the delivery’s own id counts', async () => {
  for (const delivery of ['1', '2'])
    expect((await post('/hooks/forge', 'pushed', { ...sign('pushed'), 'x-github-delivery': delivery })).status).toBe(
      202,
    );
  expect(heard[0]?.id).not.toBe(heard[1]?.id);
});

test.each<[string, string, Record<string, string>]>([
  ['no token', '/hooks/alerts', {}],
  ['another token', '/hooks/alerts', { authorization: 'Bearer canary-hook-012345678X' }],
  ['a shorter token', '/hooks/alerts', { authorization: 'Bearer canary' }],
  ['the token without its kind', '/hooks/alerts', { authorization: 'canary-hook-0123456789' }],
  [
    'another user',
    '/hooks/sonarr',
    { authorization: `Basic ${Buffer.from('x:canary-hook-0123456789').toString('base64')}` },
  ],
  ['no signature', '/hooks/forge', {}],
  ['the signature of another body', '/hooks/forge', sign('other')],
  ['the secret as signature', '/hooks/forge', { 'x-hub-signature-256': 'canary-hook-0123456789' }],
])('401: %s', async (_name, path, headers) => {
  const response = await post(path, payload(), headers);
  expect([response.status, await response.text(), heard]).toEqual([401, 'not authorized\n', []]);
});

test.each<[number, string, string, string]>([
  [404, 'an unknown source', '/hooks/none', payload()],
  [404, 'another path', '/', payload()],
  [404, 'a name of every object', '/hooks/constructor', payload()],
  [400, 'no JSON', '/hooks/alerts', 'canary'],
  [400, 'another version', '/hooks/alerts', payload({ version: '5' })],
  [413, 'a long body', '/hooks/alerts', 'x'.repeat(2001)],
])('%i: %s', async (status, _name, path, body) => {
  const response = await post(path, body, bearer);
  expect([response.status, heard]).toEqual([status, []]);
  expect(await response.text()).not.toContain('canary');
});

test('a long body is refused before it is read, and one that hides its length as it grows', async () => {
  for (const framing of [
    'content-length: 99999999\r\n\r\n',
    `transfer-encoding: chunked\r\n\r\n${`400\r\n${'x'.repeat(1024)}\r\n`.repeat(4)}`,
  ]) {
    const socket = connect(channel.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`POST /hooks/alerts HTTP/1.1\r\nhost: x\r\nauthorization: ${bearer.authorization}\r\n${framing}`);
    const [answer] = await new Promise<[Buffer]>((resolve) => socket.once('data', (data) => resolve([data as Buffer])));
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  }
});

test('405: only POST', async () => {
  expect((await fetch(`http://127.0.0.1:${channel.port}/hooks/alerts`, { headers: bearer })).status).toBe(405);
});

test('429 after the source’s rate, 202 again when time has passed; another source is not touched', async () => {
  const statuses = [];
  for (let index = 0; index < 3; index += 1) statuses.push((await post('/hooks/forge', 'x', sign('x'))).status);
  statuses.push((await post('/hooks/alerts', payload(), bearer)).status);
  now += 30_000;
  statuses.push((await post('/hooks/forge', 'x', sign('x'))).status);
  expect(statuses).toEqual([202, 202, 429, 202, 202]);
});

test('a repetition is 200; a full inbox and a broken store are 503 with a time to come back', async () => {
  result = 'duplicate';
  expect((await post('/hooks/alerts', payload(), bearer)).status).toBe(200);
  for (const outcome of ['full', new Error('disk full canary-hook-0123456789')] as const) {
    result = outcome;
    const response = await post('/hooks/alerts', payload(), bearer);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await response.text()).not.toContain('canary');
  }
});
