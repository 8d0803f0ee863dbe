import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MatrixChannel } from './channel-matrix.ts';
import { type ConfigError, parseConfig } from './config.ts';
import { close, listen } from './http.ts';
import type { MatrixSession } from './matrix-account.ts';
import { MatrixRooms } from './matrix-rooms.ts';
import { MatrixStore } from './matrix-store.ts';
import { Metrics } from './metrics.ts';
import { recordedLog, temporaryFolder, testConfig } from './testing.ts';

const account = {
  // Port 9 of loopback: nobody is there.
  homeserver: 'http://127.0.0.1:9',
  user: '@agent:example.org',
  allow: ['@alice:example.org'],
  rooms: ['!ops:example.org'],
};

function channel(folder: ReturnType<typeof temporaryFolder>, file: string, homeserver = account.homeserver) {
  const { matrix } = testConfig(folder, {
    channels: { matrix: { ...account, homeserver, login: { password: { file } } } },
  }).channels;
  const recorded = recordedLog();
  if (matrix === undefined) throw new Error('no channel');
  return { made: new MatrixChannel(matrix, folder.state, recorded.log, new Metrics()), ...recorded };
}

test('a secret that cannot be read is found before anything is asked', () => {
  using folder = temporaryFolder();
  expect(() => channel(folder, '/nowhere/password')).toThrow(
    'the secret file /nowhere/password cannot be read: ENOENT',
  );
});

test('a homeserver that is away keeps nobody from starting; messages wait, other rooms are refused', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'password');
  writeFileSync(file, 'correct-horse-battery');
  const { made, text } = channel(folder, file);
  const early = expect(made.send('!ops:example.org', 'hello', 'k', new AbortController().signal)).rejects.toThrow(
    'not connected',
  );
  await made.start(async () => 'accepted');
  await early;
  expect(made.problem()).toContain('fetch failed');
  const signal = new AbortController().signal;
  await expect(made.send('!ops:example.org', 'hello', 'k', signal)).rejects.toMatchObject({ permanent: false });
  await expect(made.send('!other:example.org', 'hello', 'k', signal)).rejects.toMatchObject({ permanent: true });
  await made.stop();
  expect(text()).toContain('not connected yet');
  expect(text()).not.toContain('correct-horse-battery');
});

test.each(['kept', 'new'])(
  'the token of a login, %s, is in no line and no problem, whatever the server says',
  async (which) => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'password');
    writeFileSync(file, 'correct-horse-battery');
    const token = `syt_${which}_canary`;
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      const given = request.headers.authorization?.replace('Bearer ', '');
      if (given !== undefined)
        response.writeHead(500).end(JSON.stringify({ errcode: 'M_UNKNOWN', error: `no luck with ${given}` }));
      else response.end(JSON.stringify({ user_id: account.user, device_id: 'D', access_token: token }));
    });
    const port = await listen(server, '127.0.0.1', 0);
    if (which === 'kept') new MatrixStore(folder.state).device = { user: account.user, device: 'D', token };
    const { made, text } = channel(folder, file, `http://127.0.0.1:${port}`);
    await made.start(async () => 'accepted');
    expect(made.problem()).toContain('no luck with [redacted]');
    await made.stop();
    expect(text()).toContain('no luck with [redacted]');
    expect(text()).not.toContain('canary');
    await close(server);
  },
);

test('a room whose state is refused is left out until the server shows it', async () => {
  const { MatrixError } = await import('matrix-js-sdk');
  let status = 403;
  const session = {
    user: account.user,
    crypto: { onCryptoEvent: async () => {} },
    client: {
      getJoinedRooms: async () => ({ joined_rooms: ['!a:x', '!b:x'] }),
      getEventMapper: () => () => {},
      getUserId: () => account.user,
      roomState: async (id: string) => {
        if (id === '!b:x' && status !== 200) throw new MatrixError({ errcode: 'M_FORBIDDEN' }, status);
        return [];
      },
    },
  } as unknown as MatrixSession;
  const rooms = new MatrixRooms(session);
  await rooms.open(['!a:x', '!b:x']);
  expect([rooms.get('!a:x')?.roomId, rooms.get('!b:x'), [...rooms.refused]]).toEqual(['!a:x', undefined, ['!b:x']]);
  // What may pass is no refusal.
  status = 502;
  await expect(rooms.enter('!b:x')).rejects.toMatchObject({ httpStatus: 502 });
  status = 200;
  await rooms.enter('!b:x');
  expect([rooms.get('!b:x')?.roomId, [...rooms.refused]]).toEqual(['!b:x', []]);
});

test('what the schema refuses', () => {
  using folder = temporaryFolder();
  mkdirSync(folder.state, { recursive: true });
  const problems = (changes: object) => {
    try {
      const { models, agent, state, workspace } = testConfig(folder);
      const matrix = { ...account, login: { token: { env: 'TOKEN' } }, ...changes };
      parseConfig({ models, agent, state, workspace, channels: { matrix } });
      return [];
    } catch (error) {
      return (error as ConfigError).problems;
    }
  };
  expect(problems({})).toEqual([]);
  expect(problems({ allow: ['alice'] })).toEqual(['channels.matrix.allow[0]: must be a full user id, @name:server']);
  expect(problems({ rooms: ['#ops:example.org'] })).toEqual([
    'channels.matrix.rooms[0]: must be a room id, which starts with !',
  ]);
  expect(problems({ unencryptedRooms: ['!other:example.org'] })).toEqual([
    'channels.matrix.unencryptedRooms: must be rooms of `rooms`',
  ]);
  expect(problems({ identities: { '@bob:example.org': 'A'.repeat(43) } })).toEqual([
    'channels.matrix.identities: must be users of `allow`',
  ]);
});
