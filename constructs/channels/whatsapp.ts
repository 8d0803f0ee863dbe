import { httpsTo } from '../network/flow.ts';
import type { Problem } from '../problem.ts';
import type { Channel } from './channel.ts';
import { idProblems, nobodyProblems } from './ids.ts';

/** A phone number in E.164: `+`, country code and number, without spaces. */
export type PhoneNumber = `+${bigint}`;

/** Id of a WhatsApp group: digits, in older groups with a hyphen between, and `@g.us`. The program logs it when a message from the group is dropped. */
export type WhatsAppGroup = `${string}@g.us`;

/** Options of `whatsApp()`. */
export interface WhatsAppOptions {
  /** The agent's own account, best a number of its own: whoever holds a session reads everything that the account reads. */
  readonly number: PhoneNumber;
  /** People whom the agent obeys, in direct messages and in `groups`; everyone else is dropped. */
  readonly people: readonly [PhoneNumber, ...PhoneNumber[]];
  /** Groups in which the agent answers these people. @default none: direct messages alone */
  readonly groups?: readonly WhatsAppGroup[];
}

/**
 * WhatsApp as a linked device of an account (WhatsApp Web), which is what the programs speak: there is no token to supply.
 * Once, and again after a logout, a person links the device with the code or QR code that the program shows in its log or on
 * a command; the session is then on the state volume, and as good as a password. The Cloud API, which Meta calls from outside,
 * is not supported. Media hosts are given out by the service; those that are no direct child of whatsapp.net or
 * cdn.whatsapp.net are not reachable, and mmg.whatsapp.net, which is always among them, stands in.
 */
export function whatsApp(options: WhatsAppOptions): Channel<'whatsapp'> {
  const hosts = ['web.whatsapp.com', '*.whatsapp.net', '*.cdn.whatsapp.net'];
  return {
    kind: 'whatsapp',
    options,
    secret: { name: 'whatsapp', keys: {} },
    flows: hosts.map((host) => httpsTo(host, 'channel whatsapp')),
    problems: problemsOf(options),
  };
}

function problemsOf({ number, people, groups = [] }: WhatsAppOptions): Problem[] {
  return [
    ...nobodyProblems('whatsapp', people, 'List the phone numbers of the people whom the agent obeys.'),
    ...idProblems('channel whatsapp: number', [number, ...people], /^\+[1-9]\d{6,14}$/, {
      not: 'a phone number in E.164',
      why: 'Senders are matched by their whole number, with the country code.',
      help: 'Write it as +15551234567: country code and number, without spaces, hyphens or leading zeros.',
    }),
    ...idProblems('channel whatsapp: group', groups, /^\d{5,25}(-\d{5,15})?@g\.us$/, {
      not: 'the id of a group',
      why: 'The name of a group and the link to it can be changed; messages from groups that do not match are dropped.',
      help: 'Use the id that ends with @g.us.',
    }),
  ];
}
