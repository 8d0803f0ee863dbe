import { expect, test } from 'vitest';
import { type DiscordOptions, discord } from './discord.ts';

const options: DiscordOptions = {
  people: ['12345678901234567'],
  servers: [{ id: '123456789012345678', channels: ['1234567890123456789', '12345678901234567890'] }],
};

/** The channel of a caller whose values the types did not check. */
const untyped = (changes: Readonly<Record<string, unknown>>) => discord({ ...options, ...changes } as DiscordOptions);

const help =
  'Use the number of 17 to 20 digits, in quotes (Discord: user settings, Advanced, Developer Mode; Copy ID).';
const dropped = 'They are matched by id, and messages from elsewhere are dropped.';

test('a channel knows its secret and its connections', () => {
  expect(discord(options)).toEqual({
    kind: 'discord',
    options,
    secret: {
      name: 'discord',
      keys: {
        'bot-token':
          'token of the Discord bot, from the Developer Portal, with the intent "Message Content" switched on',
      },
    },
    flows: ['discord.com', '*.discord.gg', 'cdn.discordapp.com', 'media.discordapp.net'].map((name) => ({
      direction: 'out',
      peer: { kind: 'host', name, addresses: 'public' },
      ports: [{ port: 443 }],
      because: 'channel discord',
    })),
    problems: [],
  });
});

test.each(['anna', 'anna#1234', '-123456789012345678', '1234', '012345678901234567', 123456789012345680])(
  'person %s is told',
  (person) => {
    expect(untyped({ people: [person] }).problems).toEqual([
      {
        message: `channel discord: person "${person}" is not a Discord id`,
        why: 'Usernames can be changed and taken over by somebody else.',
        help,
      },
    ]);
  },
);

test('a server and a channel by name are told', () => {
  const servers = [{ id: 'ops', channels: ['general'] }];
  expect(untyped({ servers }).problems).toEqual([
    { message: 'channel discord: server "ops" is not a Discord id', why: dropped, help },
    { message: 'channel discord: channel "general" is not a Discord id', why: dropped, help },
  ]);
});

test('a server without channels is told', () => {
  expect(untyped({ servers: [{ id: '123456789012345678', channels: [] }] }).problems).toEqual([
    {
      message: 'channel discord: server 123456789012345678 has no channels',
      why: 'An empty list would admit every channel of the server.',
      help: 'List the channels in which the agent may read and answer, or remove the server.',
    },
  ]);
});

test('nobody to obey is told', () => {
  expect(untyped({ people: [] }).problems).toEqual([
    {
      message: 'channel discord: no people',
      why: 'An agent that obeys nobody is deaf.',
      help: 'List the ids of the people whom the agent obeys.',
    },
  ]);
});
