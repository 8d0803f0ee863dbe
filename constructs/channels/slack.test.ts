import { expect, test } from 'vitest';
import { type SlackOptions, slack } from './slack.ts';

const options: SlackOptions = { people: ['U012ABCDEF', 'W012ABCDEF'], channels: ['C012ABCDEF', 'G012ABCDEF'] };

/** The channel of a caller whose values the types did not check. */
const untyped = (changes: Readonly<Record<string, unknown>>) => slack({ ...options, ...changes } as SlackOptions);

const https = (name: string) => ({
  direction: 'out',
  peer: { kind: 'host', name, addresses: 'public' },
  ports: [{ port: 443 }],
  because: 'channel slack',
});

test('a channel knows its secrets and its connections', () => {
  expect(slack(options)).toEqual({
    kind: 'slack',
    options,
    secret: {
      name: 'slack',
      keys: {
        'bot-token': 'bot token of the Slack app (xoxb-…), from "OAuth & Permissions" once it is installed',
        'app-token': 'app-level token of the Slack app (xapp-…) with the scope connections:write, for socket mode',
      },
    },
    flows: [https('slack.com'), https('*.slack.com')],
    problems: [],
  });
});

test.each(['anna', '@anna', 'U', 'u012abcdef', 'C012ABCDEF', 'U012 ABCDEF'])('person %s is told', (person) => {
  expect(untyped({ people: ['U012ABCDEF', person] }).problems).toEqual([
    {
      message: `channel slack: person "${person}" is not a member id`,
      why: 'Names in Slack are chosen by their owners, so another person could take the name.',
      help: 'Use the id that starts with U or W (Slack: the profile, its menu, "Copy member ID").',
    },
  ]);
});

test.each(['#ops', 'ops', 'D012ABCDEF', 'U012ABCDEF'])('channel %s is told', (channel) => {
  expect(untyped({ channels: [channel] }).problems).toEqual([
    {
      message: `channel slack: channel "${channel}" is not a channel id`,
      why: 'Channels are matched by id, and messages from others are dropped.',
      help: 'Use the id that starts with C or G (Slack: at the bottom of the details of the channel).',
    },
  ]);
});

test('a token in place of an id is told, and not repeated', () => {
  const token = ['xoxb', '1'.repeat(12), '2'.repeat(12), 'B'.repeat(24)].join('-');
  const { problems } = untyped({ people: [token] });
  expect(problems.map(({ message }) => message)).toEqual(['channel slack: person of 55 characters is not a member id']);
  expect(JSON.stringify(problems)).not.toContain('xoxb');
});

test('nobody to obey is told', () => {
  expect(untyped({ people: [] }).problems).toEqual([
    {
      message: 'channel slack: no people',
      why: 'An agent that obeys nobody is deaf.',
      help: 'List the member ids of the people whom the agent obeys.',
    },
  ]);
});
