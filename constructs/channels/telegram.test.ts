import { expect, test } from 'vitest';
import { type TelegramOptions, telegram } from './telegram.ts';

const options: TelegramOptions = { people: [123456789], groups: [-1001234567890] };

/** The channel of a caller whose values the types did not check. */
const untyped = (changes: Readonly<Record<string, unknown>>) => telegram({ ...options, ...changes } as TelegramOptions);

test('a channel knows its secret and its connection', () => {
  expect(telegram(options)).toEqual({
    kind: 'telegram',
    options,
    secret: { name: 'telegram', keys: { 'bot-token': 'token of the Telegram bot, from @BotFather (digits:letters)' } },
    flows: [
      {
        direction: 'out',
        peer: { kind: 'host', name: 'api.telegram.org', addresses: 'public' },
        ports: [{ port: 443 }],
        because: 'channel telegram',
      },
    ],
    problems: [],
  });
});

test('the largest ids', () => {
  expect(telegram({ people: [2 ** 52 - 1], groups: [-1, -(2 ** 52 - 1)] }).problems).toEqual([]);
});

test.each(['@anna', 'anna', -123, 0, 1.5, Number.NaN, '012'])('person %s is told', (person) => {
  expect(untyped({ people: [1, person, person] }).problems).toEqual([
    {
      message: `channel telegram: person "${person}" is not the id of a person`,
      why: 'Usernames can be given up and taken over by somebody else, and negative ids are those of groups.',
      help: 'Give the positive number that the bot @userinfobot tells the person.',
    },
  ]);
});

test.each(['@ops', 123, 0])('group %s is told', (group) => {
  expect(untyped({ groups: [group] }).problems).toEqual([
    {
      message: `channel telegram: group "${group}" is not the id of a group`,
      why: 'Groups are matched by id, and messages from others are dropped.',
      help: 'Give the negative number that getUpdates shows as `chat.id`, for a supergroup -100 and more digits.',
    },
  ]);
});

test('a token in place of an id is told, and not repeated', () => {
  const token = `123456789:${'A'.repeat(35)}`;
  const { problems } = untyped({ people: [token] });
  expect(problems.map(({ message }) => message)).toEqual([
    'channel telegram: person of 45 characters is not the id of a person',
  ]);
  expect(JSON.stringify(problems)).not.toContain('AAAA');
});

test('nobody to obey is told', () => {
  expect(untyped({ people: [] }).problems).toEqual([
    {
      message: 'channel telegram: no people',
      why: 'An agent that obeys nobody is deaf.',
      help: 'List the numeric ids of the people whom the agent obeys.',
    },
  ]);
});
