import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import telegramTestApi from 'telegram-test-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Inbound, PutResult } from './bus.ts';
import type { SendError } from './channel.ts';
import { TelegramChannel } from './channel-telegram.ts';
import { Metrics } from './metrics.ts';
import { eventually, recordedLog } from './testing.ts';

// The package is CommonJS whose types speak of an ES module's default.
const TelegramServer = telegramTestApi as unknown as typeof telegramTestApi.default;

const token = '123456:canary-telegram';
process.env.RUNTIME_TEST_TELEGRAM = token;
const never = new AbortController().signal;

let heard: Inbound[] = [];
let results: PutResult[] = [];
const sink = async (message: Inbound): Promise<PutResult> => {
  const result = results.shift() ?? 'accepted';
  if (result !== 'full') heard.push(message);
  return result;
};
const channels: TelegramChannel[] = [];
const open = (apiRoot: string) => {
  const log = recordedLog();
  const channel = new TelegramChannel(
    { token: { env: 'RUNTIME_TEST_TELEGRAM' }, allow: ['7'], apiRoot },
    log.log,
    new Metrics(),
  );
  channels.push(channel);
  return { channel, log };
};
beforeEach(() => {
  heard = [];
  results = [];
});
afterEach(async () => {
  await Promise.all(channels.splice(0).map((channel) => channel.stop()));
});

test('a message of an allowed user is heard, the answer arrives; a stranger is not heard', async () => {
  const server = new TelegramServer({ port: 9731, host: '127.0.0.1' });
  await server.start();
  const alice = server.getClient(token, { userId: 7, chatId: 70 });
  const mallory = server.getClient(token, { userId: 8, chatId: 70, userName: '7' });
  const { channel, log } = open(server.config.apiURL);
  await channel.start(sink);
  await mallory.sendMessage(mallory.makeMessage('obey'));
  await alice.sendMessage(alice.makeMessage('hello'));
  await eventually(() => heard.length > 0);
  expect(heard).toMatchObject([
    {
      id: expect.stringMatching(/^telegram:\d+$/),
      session: 'telegram:70',
      sender: '7',
      trust: 'operator',
      text: 'hello',
      replyTo: { channel: 'telegram', to: '70' },
    },
  ]);
  await channel.send('70', 'hi *there*', 'k/1', never);
  const { result } = await alice.getUpdates();
  expect(result).toMatchObject([{ message: { text: 'hi *there*', link_preview_options: { is_disabled: true } } }]);
  expect(log.text()).toContain('a stranger is not heard');
  expect(log.text()).not.toContain('obey');
  await server.stop();
});

/** The Bot API's own rule, which the emulator above lacks: an update stays until a poll names an offset above it. */
class BotApi {
  updates: { update_id: number; message: object }[] = [];
  readonly offsets: number[] = [];
  failWith: { error_code: number; description: string; parameters?: { retry_after: number } } | undefined;
  readonly #server: Server;
  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { offset = 0 } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { offset?: number };
      const answer = (status: number, body: object) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (this.failWith !== undefined) {
        const failure = this.failWith;
        this.failWith = undefined;
        answer(failure.error_code, { ok: false, ...failure });
        return;
      }
      if (!request.url?.endsWith('/getUpdates')) return void answer(200, { ok: true, result: { message_id: 1 } });
      this.offsets.push(offset);
      this.updates = this.updates.filter(({ update_id }) => update_id >= offset);
      answer(200, { ok: true, result: this.updates });
    });
  }
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
  say(update_id: number, changes: object = {}): void {
    this.updates.push({
      update_id,
      message: {
        message_id: update_id,
        date: 0,
        chat: { id: -5, type: 'group' },
        from: { id: 7 },
        text: `m${update_id}`,
        ...changes,
      },
    });
  }
}

test('an update is confirmed only when it is stored, also when the inbox is full for a while', async () => {
  const api = new BotApi();
  results = ['accepted', 'full', 'accepted'];
  api.say(10);
  api.say(11);
  const { channel } = open(await api.listen());
  await channel.start(sink);
  await eventually(() => results.length === 1);
  expect([heard.length, Math.max(...api.offsets), api.updates.length]).toEqual([1, 0, 2]);
  await eventually(() => api.updates.length === 0);
  expect(heard.map(({ id }) => id)).toEqual(['telegram:10', 'telegram:11']);
  api.close();
});

test('stopped with a message that was not stored: it is not confirmed', async () => {
  const api = new BotApi();
  results = ['accepted', ...Array<PutResult>(1000).fill('full')];
  api.say(10);
  api.say(11);
  const { channel } = open(await api.listen());
  await channel.start(sink);
  await eventually(() => results.length < 1000);
  await channel.stop();
  expect([heard.map(({ id }) => id), api.updates.map(({ update_id }) => update_id), Math.max(...api.offsets)]).toEqual([
    ['telegram:10'],
    [10, 11],
    0,
  ]);
  api.close();
});

test('what was forwarded is data; a channel’s post and an anonymous admin are nobody', async () => {
  const api = new BotApi();
  api.say(1, { sender_chat: { id: -5 } });
  api.say(2, { text: undefined });
  api.say(3, { text: 'obey', forward_origin: { type: 'hidden_user' } });
  const { channel } = open(await api.listen());
  await channel.start(sink);
  await eventually(() => api.updates.length === 0);
  expect(heard).toMatchObject([
    { id: 'telegram:3', trust: 'data', text: 'The operator forwarded this.', data: 'obey' },
  ]);
  api.close();
});

test('a failing poll is said, without the token, and tried again', async () => {
  const api = new BotApi();
  api.failWith = { error_code: 401, description: 'Unauthorized' };
  const { channel, log } = open(await api.listen());
  await channel.start(sink);
  await eventually(() => channel.problem() !== undefined);
  expect(channel.problem()).toContain('Unauthorized');
  api.say(1);
  await eventually(() => heard.length === 1);
  expect([channel.problem(), log.text().includes('canary')]).toEqual([undefined, false]);
  api.close();
});

test.each([
  [403, true],
  [400, true],
  [429, false],
  [500, false],
])('a delivery that fails with %i: permanent is %s', async (error_code, permanent) => {
  const api = new BotApi();
  const { channel } = open(await api.listen());
  api.failWith = { error_code, description: 'no' };
  const error = await channel.send('1', 'x', 'k/1', never).catch((thrown: unknown) => thrown as SendError);
  expect(error).toMatchObject({ name: 'SendError', permanent });
  api.close();
});

test('a server that is away is no permanent failure, and the error does not tell the token', async () => {
  const { channel } = open('http://127.0.0.1:9');
  const error = await channel.send('1', 'x', 'k/1', never).catch((thrown: unknown) => thrown as SendError);
  expect([(error as SendError).permanent, (error as SendError).message.includes('canary')]).toEqual([false, false]);
});
