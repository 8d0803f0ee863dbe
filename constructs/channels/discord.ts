import { httpsTo } from '../network/flow.ts';
import type { Problem } from '../problem.ts';
import type { Channel } from './channel.ts';
import { idProblems, nobodyProblems } from './ids.ts';

/**
 * Discord's id of a person, server or channel: 17 to 20 decimal digits, as text, since they are more than a JavaScript
 * number holds. With "Developer Mode" on (user settings, Advanced) every context menu has "Copy ID".
 */
export type Snowflake = `${bigint}`;

/** A Discord server (in the API: guild) and its channels in which the agent answers. */
export interface DiscordServer {
  readonly id: Snowflake;
  readonly channels: readonly [Snowflake, ...Snowflake[]];
}

/** Options of `discord()`. The bot itself is known by its token, which is a secret. */
export interface DiscordOptions {
  /**
   * People whom the agent obeys, in direct messages and in the channels of `servers`; everyone else is dropped. A username
   * is no id: it can be changed, and then somebody else can take it.
   */
  readonly people: readonly [Snowflake, ...Snowflake[]];
  /** Servers and channels in which the agent answers these people. @default none: direct messages alone */
  readonly servers?: readonly DiscordServer[];
}

/**
 * Discord as a bot. The gateway names a host below discord.gg to resume at (`resume_gateway_url`); attachments are at
 * cdn.discordapp.com and media.discordapp.net. The bot needs the privileged intent "Message Content".
 */
export function discord(options: DiscordOptions): Channel<'discord'> {
  const hosts = ['discord.com', '*.discord.gg', 'cdn.discordapp.com', 'media.discordapp.net'];
  return {
    kind: 'discord',
    options,
    secret: {
      name: 'discord',
      keys: {
        'bot-token':
          'token of the Discord bot, from the Developer Portal, with the intent "Message Content" switched on',
      },
    },
    flows: hosts.map((host) => httpsTo(host, 'channel discord')),
    problems: problemsOf(options),
  };
}

const form = /^[1-9]\d{16,19}$/;
const help =
  'Use the number of 17 to 20 digits, in quotes (Discord: user settings, Advanced, Developer Mode; Copy ID).';

function problemsOf({ people, servers = [] }: DiscordOptions): Problem[] {
  const dropped = 'They are matched by id, and messages from elsewhere are dropped.';
  const empty = servers.filter(({ channels }) => channels.length === 0);
  return [
    ...nobodyProblems('discord', people, 'List the ids of the people whom the agent obeys.'),
    ...idProblems('channel discord: person', people, form, {
      not: 'a Discord id',
      why: 'Usernames can be changed and taken over by somebody else.',
      help,
    }),
    ...idProblems(
      'channel discord: server',
      servers.map(({ id }) => id),
      form,
      { not: 'a Discord id', why: dropped, help },
    ),
    ...idProblems(
      'channel discord: channel',
      servers.flatMap(({ channels }) => channels),
      form,
      { not: 'a Discord id', why: dropped, help },
    ),
    ...empty.map(({ id }) => ({
      message: `channel discord: server ${form.test(id) ? id : 'in the list'} has no channels`,
      why: 'An empty list would admit every channel of the server.',
      help: 'List the channels in which the agent may read and answer, or remove the server.',
    })),
  ];
}
