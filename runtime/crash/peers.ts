import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Update } from './recorder-channel.ts';

type Answer = [status: number, body: unknown];

/** An HTTP server that can go away, and come back at its address. */
abstract class Peer {
  readonly #server: Server;
  #port = 0;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const [status, body] = await this.answer(request).catch((error): Answer => [500, String(error)]);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  protected abstract answer(request: IncomingMessage): Promise<Answer>;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async up(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>;
}

/** Answers with what there is, or, after a while, with nothing. */
async function held<T>(look: () => T[]): Promise<T[]> {
  for (let tries = 0; tries < 20; tries += 1) {
    const found = look();
    if (found.length > 0) return found;
    await sleep(10);
  }
  return [];
}

export interface Delivery {
  readonly key: string;
  readonly to: string;
  readonly text: string;
}

/** Keeps an update until a poll says that it was seen; knows a repeated delivery by its key. */
export class Recorder extends Peer {
  readonly deliveries: Delivery[] = [];
  /** How long a delivery takes, in milliseconds. */
  slow = 0;
  readonly #updates: Update[] = [];
  #next = 1;
  #confirmed = 0;

  add(update: Omit<Update, 'seq'>): void {
    this.#updates.push({ ...update, seq: this.#next });
    this.#next += 1;
  }

  protected async answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '', 'http://peer');
    if (url.pathname === '/recorder/updates') {
      this.#confirmed = Math.max(this.#confirmed, Number(url.searchParams.get('seen')));
      while ((this.#updates[0]?.seq ?? Number.POSITIVE_INFINITY) <= this.#confirmed) this.#updates.shift();
      return [200, await held(() => this.#updates.slice(0, 20))];
    }
    const key = decodeURIComponent(url.pathname.slice('/recorder/messages/'.length));
    const { to, text } = (await read(request)) as { to: string; text: string };
    this.deliveries.push({ key, to, text });
    await sleep(this.slow);
    return [200, {}];
  }
}

/** Telegram's Bot API as far as the agent uses it: an update stays until a poll names an offset above it; no idempotency key. */
export class BotApi extends Peer {
  readonly sent: string[] = [];
  readonly #updates: { update_id: number; message: object }[] = [];
  #next = 1;

  add(chat: number, text: string): void {
    const from = { id: 7, is_bot: false, first_name: 'operator' };
    const message = { message_id: this.#next, date: 0, from, chat: { id: chat, type: 'private' }, text };
    this.#updates.push({ update_id: this.#next, message });
    this.#next += 1;
  }

  protected async answer(request: IncomingMessage): Promise<Answer> {
    const body = await read(request);
    if (request.url?.endsWith('/getUpdates')) {
      const offset = Number(body.offset ?? 0);
      while ((this.#updates[0]?.update_id ?? Number.POSITIVE_INFINITY) < offset) this.#updates.shift();
      return [200, { ok: true, result: await held(() => this.#updates.slice(0, 20)) }];
    }
    this.sent.push(String(body.text));
    return [200, { ok: true, result: { message_id: 1, date: 0, chat: { id: 7, type: 'private' }, text: '' } }];
  }
}
