import { httpsTo } from '../network/flow.ts';
import type { Problem } from '../problem.ts';
import type { Channel } from './channel.ts';
import { idProblems, nobodyProblems } from './ids.ts';

/** Options of `telegram()`. The bot itself is known by its token, which is a secret. */
export interface TelegramOptions {
  /**
   * Numeric ids of the people whom the agent obeys, in private chats and in `groups`; everyone else is dropped. A username
   * is no id: its owner can give it up, and then anybody can take it. The bot `@userinfobot` tells people theirs.
   */
  readonly people: readonly [number, ...number[]];
  /**
   * Groups in which the agent answers these people, by their negative ids (a supergroup's starts with -100).
   * @default none: private chats alone
   */
  readonly groups?: readonly number[];
}

/**
 * Telegram through the Bot API, by long polling: the agent opens every connection itself.
 * Messages are not end-to-end encrypted. core.telegram.org/bots/api, `User.id` and `Chat.id`: at most 52 bits.
 */
export function telegram(options: TelegramOptions): Channel<'telegram'> {
  return {
    kind: 'telegram',
    options,
    secret: { name: 'telegram', keys: { 'bot-token': 'token of the Telegram bot, from @BotFather (digits:letters)' } },
    flows: [httpsTo('api.telegram.org', 'channel telegram')],
    problems: problemsOf(options),
  };
}

function problemsOf({ people, groups = [] }: TelegramOptions): Problem[] {
  return [
    ...nobodyProblems('telegram', people, 'List the numeric ids of the people whom the agent obeys.'),
    ...idProblems('channel telegram: person', people, /^[1-9]\d{0,15}$/, {
      not: 'the id of a person',
      why: 'Usernames can be given up and taken over by somebody else, and negative ids are those of groups.',
      help: 'Give the positive number that the bot @userinfobot tells the person.',
    }),
    ...idProblems('channel telegram: group', groups, /^-[1-9]\d{0,15}$/, {
      not: 'the id of a group',
      why: 'Groups are matched by id, and messages from others are dropped.',
      help: 'Give the negative number that getUpdates shows as `chat.id`, for a supergroup -100 and more digits.',
    }),
  ];
}
