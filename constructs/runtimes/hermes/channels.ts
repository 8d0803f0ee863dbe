import type { ChannelOf } from '../../channels/channel.ts';
import type { DiscordOptions } from '../../channels/discord.ts';
import type { MatrixOptions } from '../../channels/matrix.ts';
import type { SlackOptions } from '../../channels/slack.ts';
import type { TelegramOptions } from '../../channels/telegram.ts';

/** A channel as Hermes's environment. */
export interface ChannelFragment {
  /** Variable to value. A message of anybody but `*_ALLOWED_USERS` is dropped (gateway/authz_mixin.py). */
  readonly env: Readonly<Record<string, string>>;
  /** Variable to key of the channel's secret. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The id of no group and no channel: an empty list would be every one, and direct messages are not looked up in it. */
const none = '0';

const list = (ids: readonly (string | number)[]) => ids.join(',');
const places = (ids: readonly (string | number)[]) => (ids.length > 0 ? list(ids) : none);

/**
 * The kinds that Hermes 0.19.0 speaks in a way that fits (plugins/platforms/<kind>/adapter.py). Without `*_REQUIRE_MENTION`
 * it would answer in groups only when it is mentioned. Not WhatsApp: its bridge installs itself with npm at the first start.
 * Not webhook: each source there has a secret of its own, and a signature that neither Alertmanager nor the *arr send.
 */
export const dialect = {
  discord: ({ people, servers = [] }: DiscordOptions): ChannelFragment => ({
    env: {
      DISCORD_ALLOWED_USERS: list(people),
      DISCORD_ALLOWED_CHANNELS: places(servers.flatMap(({ channels }) => channels)),
      DISCORD_REQUIRE_MENTION: 'false',
    },
    secrets: { DISCORD_BOT_TOKEN: 'bot-token' },
  }),
  /** Login by password; keys are verified with the recovery key. Direct messages of `people` are answered too, whatever `rooms` says. */
  matrix: ({ homeserver, user, rooms, people }: MatrixOptions): ChannelFragment => ({
    env: {
      MATRIX_HOMESERVER: homeserver,
      MATRIX_USER_ID: user,
      MATRIX_E2EE_MODE: 'required',
      MATRIX_ALLOWED_USERS: list(people),
      MATRIX_ALLOWED_ROOMS: list(rooms),
      MATRIX_REQUIRE_MENTION: 'false',
    },
    secrets: { MATRIX_PASSWORD: 'password', MATRIX_RECOVERY_KEY: 'recovery-key' },
  }),
  slack: ({ people, channels = [] }: SlackOptions): ChannelFragment => ({
    env: {
      SLACK_ALLOWED_USERS: list(people),
      SLACK_ALLOWED_CHANNELS: places(channels),
      SLACK_REQUIRE_MENTION: 'false',
    },
    secrets: { SLACK_BOT_TOKEN: 'bot-token', SLACK_APP_TOKEN: 'app-token' },
  }),
  telegram: ({ people, groups = [] }: TelegramOptions): ChannelFragment => ({
    env: {
      TELEGRAM_ALLOWED_USERS: list(people),
      TELEGRAM_ALLOWED_CHATS: places(groups),
      TELEGRAM_REQUIRE_MENTION: 'false',
    },
    secrets: { TELEGRAM_BOT_TOKEN: 'bot-token' },
  }),
} as const;

/** The kinds that Hermes speaks. */
export type Spoken = keyof typeof dialect;

/** A channel as Hermes's environment. */
export function fragmentOf({ kind, options }: ChannelOf<Spoken>): ChannelFragment {
  // The pairs of kind and options are known to the type of the channel, not to that of the entry.
  const entry: (options: never) => ChannelFragment = dialect[kind];
  return entry(options as never);
}
