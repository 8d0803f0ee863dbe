import { expect, test } from 'vitest';
import { type WhatsAppOptions, whatsApp } from './whatsapp.ts';

const options: WhatsAppOptions = {
  number: '+15550100000',
  people: ['+15550100001'],
  groups: ['120363041234567890@g.us', '15550100001-1436789012@g.us'],
};

/** The channel of a caller whose values the types did not check. */
const untyped = (changes: Readonly<Record<string, unknown>>) => whatsApp({ ...options, ...changes } as WhatsAppOptions);

test('a channel knows its connections, and needs no secret', () => {
  expect(whatsApp(options)).toEqual({
    kind: 'whatsapp',
    options,
    secret: { name: 'whatsapp', keys: {} },
    flows: ['web.whatsapp.com', '*.whatsapp.net', '*.cdn.whatsapp.net'].map((name) => ({
      direction: 'out',
      peer: { kind: 'host', name, addresses: 'public' },
      ports: [{ port: 443 }],
      because: 'channel whatsapp',
    })),
    problems: [],
  });
});

test.each(['15550100001', '+1 555 0100001', '+1-555', '+05550100001', '+123', 'Anna', '+1234567890123456'])(
  'number %s is told',
  (number) => {
    const problem = {
      message: `channel whatsapp: number "${number}" is not a phone number in E.164`,
      why: 'Senders are matched by their whole number, with the country code.',
      help: 'Write it as +15551234567: country code and number, without spaces, hyphens or leading zeros.',
    };
    expect(untyped({ people: [number] }).problems).toEqual([problem]);
    expect(untyped({ number }).problems).toEqual([problem]);
    // Said once, wherever it stands.
    expect(untyped({ number, people: [number] }).problems).toEqual([problem]);
  },
);

test.each(['Ops', '15550100001@s.whatsapp.net', '@g.us'])('group %s is told', (group) => {
  expect(untyped({ groups: [group] }).problems).toEqual([
    {
      message: `channel whatsapp: group "${group}" is not the id of a group`,
      why: 'The name of a group and the link to it can be changed; messages from groups that do not match are dropped.',
      help: 'Use the id that ends with @g.us.',
    },
  ]);
});

test('nobody to obey is told', () => {
  expect(untyped({ people: [] }).problems).toEqual([
    {
      message: 'channel whatsapp: no people',
      why: 'An agent that obeys nobody is deaf.',
      help: 'List the phone numbers of the people whom the agent obeys.',
    },
  ]);
});
