import type { IRoomEvent, ISyncResponse } from 'matrix-js-sdk';
import type { MatrixSession } from './matrix-account.ts';
import type { RawEvent } from './matrix-rooms.ts';

const longPoll = 30_000;
const pageSize = 100;
const messages = ['m.room.message', 'm.room.encrypted'];
const state = ['m.room.member', 'm.room.encryption', 'm.room.history_visibility'];
const filter = JSON.stringify({
  presence: { types: [] },
  account_data: { types: [] },
  room: {
    account_data: { types: [] },
    ephemeral: { types: [] },
    state: { types: state },
    timeline: { limit: 50, types: [...messages, ...state] },
  },
});

/** One request of the client-server API, as the device. */
export async function request<T>(
  { client }: MatrixSession,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  { query = {}, body, signal }: { query?: Record<string, string | number>; body?: object; signal: AbortSignal },
): Promise<T> {
  const { Method } = await import('matrix-js-sdk');
  const name = { GET: Method.Get, POST: Method.Post, PUT: Method.Put }[method];
  return client.http.authedRequest<T>(name, path, query, body as Record<string, unknown>, {
    abortSignal: signal,
    localTimeoutMs: longPoll * 2,
    priority: 'auto',
  });
}

/** What happened since the token; waits for it up to half a minute. */
export function sync(session: MatrixSession, since: string | undefined, signal: AbortSignal): Promise<ISyncResponse> {
  const query = { filter, timeout: longPoll, set_presence: 'offline', ...(since !== undefined && { since }) };
  return request(session, 'GET', '/sync', { query, signal });
}

/** What a sync that is `limited` left out of a room, oldest first: one page in memory at a time. */
export async function* missed(
  session: MatrixSession,
  room: string,
  { since, until }: { since: string; until: string },
  signal: AbortSignal,
): AsyncGenerator<readonly RawEvent[]> {
  for (let from: string | undefined = since; from !== undefined; ) {
    const query = {
      dir: 'f',
      from,
      to: until,
      limit: pageSize,
      filter: JSON.stringify({ types: [...messages, ...state] }),
    };
    const path = `/rooms/${encodeURIComponent(room)}/messages`;
    const page: { chunk: IRoomEvent[]; end?: string } = await request(session, 'GET', path, { query, signal });
    yield page.chunk as unknown as RawEvent[];
    from = page.end === from ? undefined : page.end;
  }
}
