import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Channel, SendError, type Sink } from './channel.ts';
import type { Config } from './config.ts';
import { close, HttpError, listen, readBody } from './http.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { describe, readSecret, sameSecret } from './secrets.ts';
import { FormatError, readNotification } from './webhook-format.ts';

type WebhookConfig = NonNullable<Config['channels']['webhook']>;
type Source = WebhookConfig['sources'][string];

const deliveryHeaders = [
  'idempotency-key',
  'webhook-id',
  'x-github-delivery',
  'x-gitea-delivery',
  'x-gitlab-event-uuid',
];

/** Programs that report something: POST /hooks/<source>. Answers go to another channel. */
export class WebhookChannel implements Channel {
  readonly kind = 'webhook';
  readonly textLimit = 4000;
  readonly #config: WebhookConfig;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  #server: Server | undefined;
  /** Of the listener; 0 before `start`. */
  port = 0;

  constructor(config: WebhookConfig, log: Logger, metrics: Metrics, now: () => number = Date.now) {
    this.#config = config;
    this.#log = log;
    this.#metrics = metrics;
    this.#now = now;
    // A secret that cannot be read is found at the start, not with the first alert.
    for (const { auth } of Object.values(config.sources)) readSecret(auth.secret);
  }

  async start(sink: Sink): Promise<void> {
    const server = createServer(
      { requestTimeout: 15_000, headersTimeout: 10_000, keepAliveTimeout: 5000, maxHeaderSize: 16_384 },
      (request, response) => {
        this.#answer(request, response, sink).catch((error: unknown) => this.#refuse(request, response, error));
      },
    );
    server.maxConnections = 128;
    this.#server = server;
    this.port = await listen(server, undefined, this.#config.port);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, sink: Sink): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const name = /^\/hooks\/([a-z0-9-]+)$/.exec(path)?.[1] ?? '';
    const source = Object.hasOwn(this.#config.sources, name) ? this.#config.sources[name] : undefined;
    if (source === undefined) throw new HttpError(404, 'no such source');
    if (request.method !== 'POST') throw new HttpError(405, 'POST only');
    if (source.auth.kind !== 'hmac' && !authorized(source, request, '')) throw new HttpError(401, 'not authorized');
    const body = await readBody(request, this.#config.maxBytes);
    if (source.auth.kind === 'hmac' && !authorized(source, request, body)) throw new HttpError(401, 'not authorized');
    this.#spend(name, source.perMinute);
    const delivery = deliveryHeaders
      .map((header) => request.headers[header])
      .find((value) => typeof value === 'string');
    const { event, topic, text } = readNotification(
      source.format,
      body.toString('utf8'),
      delivery as string | undefined,
      this.#now(),
    );
    const outcome = await sink({
      id: `webhook:${name}:${event}`,
      channel: 'webhook',
      session: `webhook:${name}:${topic}`,
      sender: name,
      trust: 'data',
      text: source.prompt,
      data: text,
      replyTo: source.deliverTo,
    });
    if (outcome === 'full') throw new HttpError(503, 'the inbox is full', 30);
    response.writeHead(outcome === 'accepted' ? 202 : 200).end(`${outcome}\n`);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const known =
      error instanceof HttpError
        ? error
        : error instanceof FormatError
          ? new HttpError(400, error.message)
          : new HttpError(503, 'try again', 30);
    if (!(error instanceof HttpError)) this.#log.warn({ err: error }, 'webhook failed');
    this.#metrics.received.inc({ channel: 'webhook', outcome: String(known.status) });
    if (response.headersSent) return;
    const headers = {
      connection: 'close',
      ...(known.retryAfter !== undefined && { 'retry-after': String(known.retryAfter) }),
    };
    response.writeHead(known.status, headers).end(`${known.message}\n`);
    // The rest of a body that is too long is not read.
    request.unpipe();
    response.once('finish', () => request.destroy());
  }

  /** A bucket of `perMinute` requests that fills up evenly. */
  #spend(name: string, perMinute: number): void {
    const now = this.#now();
    const bucket = this.#buckets.get(name) ?? { tokens: perMinute, at: now };
    const tokens = Math.min(perMinute, bucket.tokens + (Math.max(0, now - bucket.at) / 60_000) * perMinute);
    this.#buckets.set(name, { tokens: Math.max(0, tokens - 1), at: now });
    if (tokens < 1) throw new HttpError(429, 'too many requests', Math.ceil(60 / perMinute));
  }

  async send(): Promise<void> {
    throw new SendError('a webhook is not answered', true);
  }

  async stop(): Promise<void> {
    if (this.#server !== undefined) await close(this.#server);
  }

  problem(): string | undefined {
    try {
      for (const { auth } of Object.values(this.#config.sources)) readSecret(auth.secret);
      return undefined;
    } catch (error) {
      return describe(error);
    }
  }
}

function authorized({ auth }: Source, request: IncomingMessage, body: Buffer | string): boolean {
  const secret = readSecret(auth.secret);
  const given = request.headers[auth.kind === 'hmac' ? auth.header : 'authorization'];
  if (typeof given !== 'string') return false;
  switch (auth.kind) {
    case 'bearer':
      return sameSecret(given, `Bearer ${secret}`);
    case 'basic':
      return sameSecret(given, `Basic ${Buffer.from(`${auth.username}:${secret}`).toString('base64')}`);
    case 'hmac':
      return sameSecret(
        given.replace(/^sha256=/, '').toLowerCase(),
        createHmac('sha256', secret).update(body).digest('hex'),
      );
  }
}
