import { expect, test } from 'vitest';
import { type MatrixOptions, matrix } from './matrix.ts';

const options: MatrixOptions = {
  homeserver: 'https://matrix.example.org',
  user: '@claw:example.org',
  rooms: ['!ops:example.org'],
  people: ['@sam:example.org'],
};

/** The channel of a caller whose values the types did not check. */
const untyped = (changes: Readonly<Record<string, unknown>>) => matrix({ ...options, ...changes } as MatrixOptions);

test('a channel knows its secret and its connection', () => {
  expect(matrix(options)).toEqual({
    kind: 'matrix',
    options,
    secret: {
      name: 'matrix',
      keys: { password: 'password of @claw:example.org', 'recovery-key': 'recovery key (E2EE) of @claw:example.org' },
    },
    flows: [
      {
        direction: 'out',
        peer: { kind: 'host', name: 'matrix.example.org', addresses: 'public' },
        ports: [{ port: 443 }],
        because: 'channel matrix',
      },
    ],
    problems: [],
  });
});

test('another port of the homeserver', () => {
  expect(untyped({ homeserver: 'https://matrix.example.org:8448/' }).flows[0]?.ports).toEqual([{ port: 8448 }]);
});

test('forms that Matrix knows', () => {
  const rooms = ['!a:example.org', '!a:example.org:8448', '!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM'];
  const people = ['@a:example.org', '@a.b=c/d:example.org:8448', '@a:192.0.2.1'];
  expect(untyped({ rooms, people }).problems).toEqual([]);
});

test.each(['http://matrix.example.org', 'matrix.example.org', ''])('homeserver "%s" is told', (homeserver) => {
  const { problems, flows } = untyped({ homeserver });
  expect(problems).toEqual([
    {
      message: `channel matrix: homeserver "${homeserver}" is not an https URL`,
      help: 'Write it as https://host/path.',
    },
  ]);
  expect(flows).toEqual([]);
});

test('a credential in the URL of the homeserver is told, and not repeated', () => {
  const { problems, secret } = untyped({ homeserver: 'https://sam:hunter2@matrix.example.org' });
  expect(problems).toEqual([
    {
      message: 'channel matrix: homeserver holds a user or password',
      why: 'It would be in dist in plain text.',
      help: 'Give the URL without them; keys and passwords are secrets.',
    },
  ]);
  expect(JSON.stringify(secret)).not.toContain('hunter2');
});

test('a query is told', () => {
  expect(untyped({ homeserver: 'https://matrix.example.org/?access_token=hunter2' }).problems).toEqual([
    {
      message: 'channel matrix: homeserver has a query or fragment',
      why: 'Paths are appended to it.',
      help: 'Give the base URL.',
    },
  ]);
});

test.each(['#ops:example.org', 'ops', '!', '! a:b', '!a:', '!a:b:c'])('room "%s" is told', (room) => {
  expect(untyped({ rooms: ['!a:example.org', room] }).problems).toEqual([
    {
      message: `channel matrix: room "${room}" is not a room id`,
      why: 'Rooms are matched by id, and messages from rooms that do not match are dropped.',
      help: 'Use the internal id that starts with "!" (Element: room settings, Advanced).',
    },
  ]);
});

test.each(['sam', '@sam', '@sam:', '@:example.org', 'sam:example.org', '@sam@example.org', '@s am:example.org'])(
  'account "%s" is told',
  (account) => {
    const problem = {
      message: `channel matrix: "${account}" is not a Matrix account`,
      help: 'Write it as @name:server.',
    };
    expect(untyped({ people: ['@a:example.org', account] }).problems).toEqual([problem]);
    expect(untyped({ user: account }).problems).toEqual([problem]);
    // Said once, wherever it stands.
    expect(untyped({ user: account, people: [account, account] }).problems).toEqual([problem]);
  },
);

test('no rooms and nobody to obey are told together', () => {
  expect(untyped({ rooms: [], people: [] }).problems).toEqual([
    {
      message: 'channel matrix: no rooms',
      why: 'An empty list would admit every room that the account is invited to.',
      help: 'List the rooms in which the agent may read and answer.',
    },
    {
      message: 'channel matrix: no people',
      why: 'An agent that obeys nobody is deaf.',
      help: 'List the accounts whom the agent obeys.',
    },
  ]);
});
