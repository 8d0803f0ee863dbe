import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { z } from 'zod';
import type { link, Secret } from './config.ts';
import { close, HttpError, readBody } from './http.ts';
import { describe, readSecret, sameSecret } from './secrets.ts';

/** The way between the agent and the process of a channel: two sockets in a folder, JSON, and a token that both know. */
export type Link = z.output<typeof link>;
type Side = 'agent' | 'channel';

/** The answer to one request; `signal` aborts when nobody waits for it any more. */
type Route = (body: unknown, signal: AbortSignal) => Promise<Answer>;
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Every message that a channel takes in is shorter, written as JSON. */
const mostBytes = 16_777_216;

const socketOf = ({ folder }: Link, kind: string, side: Side) => join(folder, `${kind}.${side}.sock`);

/** Listens as one side of the link. @param routes by method and path */
export async function serve(
  link: Link,
  kind: string,
  side: Side,
  routes: Readonly<Record<string, Route>>,
): Promise<{ close(): Promise<void> }> {
  // A token that cannot be read is found now, not with the first message.
  readSecret(link.token);
  const server = createServer((incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    answer(incoming, link.token, routes, gone.signal)
      .catch((error: unknown): Answer => {
        if (error instanceof HttpError) return { status: error.status, body: { error: error.message } };
        return { status: 500, body: { error: describe(error) } };
      })
      .then(({ status, body }) => {
        outgoing.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
        outgoing.end(JSON.stringify(body));
      });
  });
  const path = socketOf(link, kind, side);
  mkdirSync(link.folder, { recursive: true });
  // Of a process that was killed; two at once there are not, see `lockState`.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o660);
  return { close: () => close(server) };
}

async function answer(
  incoming: IncomingMessage,
  token: Secret,
  routes: Readonly<Record<string, Route>>,
  signal: AbortSignal,
): Promise<Answer> {
  if (!sameSecret(incoming.headers.authorization ?? '', `Bearer ${readSecret(token)}`))
    throw new HttpError(401, 'not authorized');
  const name = `${incoming.method} ${incoming.url}`;
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (route === undefined) throw new HttpError(404, 'no such request');
  const body = (await readBody(incoming, mostBytes)).toString('utf8');
  let json: unknown;
  try {
    json = body === '' ? undefined : JSON.parse(body);
  } catch {
    throw new HttpError(400, 'not JSON');
  }
  return route(json, signal);
}

/** Nobody is at the other side, or it ended before it answered. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const absent = ['ENOENT', 'ECONNREFUSED'];
const ended = ['ECONNRESET', 'EPIPE'];

/**
 * Asks the other side. What was asked may have been done whenever this throws.
 * @throws Unreachable; and another Error when the other side does not keep to the protocol, or `signal` aborts
 */
export async function ask(
  link: Link,
  kind: string,
  to: Side,
  [method, path]: readonly [method: 'GET' | 'POST', path: string],
  body: object | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const authorization = `Bearer ${readSecret(link.token)}`;
  try {
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { socketPath: socketOf(link, kind, to), method, path, signal, agent: false } as const;
      const outgoing = request({ ...options, headers: { host: 'localhost', authorization } }, resolve);
      outgoing.once('error', reject);
      outgoing.end(body === undefined ? '' : JSON.stringify(body));
    });
    const said: unknown = JSON.parse(await text(incoming));
    return { status: incoming.statusCode ?? 0, body: (said ?? {}) as Answer['body'] };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (absent.includes(code)) throw new Unreachable(`nobody is at ${socketOf(link, kind, to)}`);
    if (ended.includes(code)) throw new Unreachable('it ended before it answered');
    throw error;
  }
}
