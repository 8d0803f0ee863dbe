import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bus } from './bus.ts';
import type { Metrics } from './metrics.ts';
import { describe } from './secrets.ts';

export interface Status {
  /** Of a process that has one. */
  readonly bus?: Bus;
  readonly metrics: Metrics;
  /** Why nothing should be sent here yet, or any more; undefined when all is well. */
  unready(): string | undefined;
  /** What is wrong, and does not keep the agent from listening. */
  problems(): readonly string[];
}

/** Serves `/healthz`, `/readyz` and `/metrics`; resolves with the port when it listens. */
export async function serveStatus(
  { host, port }: { host?: string | undefined; port: number },
  status: Status,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const [code, type, body] = await answer(request.url ?? '', status).catch(
      (error): Answer => [503, 'application/json', { ok: false, reasons: [describe(error)] }],
    );
    response
      .writeHead(code, { 'content-type': type, 'cache-control': 'no-store' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  return { port: await listen(server, host, port), close: () => close(server) };
}

type Answer = [code: number, type: string, body: string | object];

async function answer(url: string, { bus, metrics, unready, problems }: Status): Promise<Answer> {
  switch (url) {
    case '/healthz':
      await bus?.inbox.depth();
      return [200, 'application/json', { ok: true }];
    case '/readyz': {
      const reason = unready();
      const notes = [...problems(), ...(bus === undefined ? [] : await queueNotes(bus))];
      return [
        reason === undefined ? 200 : 503,
        'application/json',
        { ok: reason === undefined, reasons: reason === undefined ? [] : [reason], notes },
      ];
    }
    case '/metrics':
      for (const queue of ['inbox', 'outbox'] as const) {
        for (const [state, count] of Object.entries((await bus?.[queue].depth()) ?? {}))
          metrics.depth.set({ queue, state }, count);
      }
      return [200, metrics.registry.contentType, await metrics.registry.metrics()];
    default:
      return [404, 'application/json', { ok: false }];
  }
}

async function queueNotes({ inbox, outbox }: Bus): Promise<string[]> {
  const dead = (await inbox.depth()).dead + (await outbox.depth()).dead;
  return [...(dead === 0 ? [] : [`${dead} dead letters`]), ...((await inbox.full()) ? ['the inbox is full'] : [])];
}

/** A refusal, as the caller sees it. */
export class HttpError extends Error {
  readonly status: number;
  readonly retryAfter: number | undefined;
  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** @throws HttpError when it has more than `limit` bytes */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLong = () => new HttpError(413, `more than ${limit} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLong();
  const chunks: Buffer[] = [];
  let size = 0;
  // Not `for await`: leaving it early would destroy the socket before the answer.
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) reject(tooLong());
      else chunks.push(chunk);
    });
    request.once('end', resolve);
    request.once('error', reject);
  });
  return Buffer.concat(chunks);
}

/** @param host every address, of IPv6 too where there is one, when undefined */
export function listen(server: Server, host: string | undefined, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    // A slow caller does not keep the program from ending.
    setTimeout(() => server.closeAllConnections(), 2000).unref();
  });
}
