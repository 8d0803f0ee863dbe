import type { ChannelKind, ChannelOf } from '../../channels/channel.ts';
import type { DiscordOptions } from '../../channels/discord.ts';
import type { MatrixOptions } from '../../channels/matrix.ts';
import type { TelegramOptions } from '../../channels/telegram.ts';
import type { WebhookOptions } from '../../channels/webhook.ts';
import type { WhatsAppOptions } from '../../channels/whatsapp.ts';
import { installRoot } from './layout.ts';
import type { TomlTable } from './toml.ts';

/** A channel in ZeroClaw's words. */
export interface ChannelFragment {
  /** Fields of `[channels.<kind>.<alias>]`, without the secret ones. */
  readonly settings: TomlTable;
  /** Secret field to key of the channel's secret. */
  readonly secrets: Readonly<Record<string, string>>;
  /**
   * Who is obeyed. An empty list, like a missing peer group, denies everybody; undefined for a channel that asks for no
   * peer group.
   */
  readonly peers?: readonly string[];
}

/** Where the webhook channel listens, beside the gateway: it has a port of its own, on IPv4 alone (zeroclaw-channels 0.8.7, webhook.rs). */
export const webhookPort = 8090;

/** What the name of a source is appended to. */
export const webhookPath = '/webhook';

/** The id of no Discord server: with it in the list no message of a server passes, and direct messages do, since they have no server. */
const noServer = '0';

/** The kinds of channels that the released images speak (feature set `dist`: no Slack, no WhatsApp Cloud API), and how. */
export const dialect = {
  /**
   * zeroclaw-config 0.8.7, schema.rs, `DiscordConfig`; zeroclaw-channels 0.8.7, discord/mod.rs: an empty list is every
   * server or channel. Threads count as their channel. A list of channels also drops direct messages, see `channelFindings`.
   */
  discord: ({ people, servers = [] }: DiscordOptions): ChannelFragment => ({
    settings: {
      guild_ids: servers.length > 0 ? servers.map(({ id }) => id) : [noServer],
      channel_ids: servers.length > 0 ? servers.flatMap(({ channels }) => channels) : undefined,
    },
    secrets: { bot_token: 'bot-token' },
    peers: people,
  }),
  /**
   * zeroclaw-config 0.8.7, schema.rs, `MatrixConfig`. Login by password and recovery key: the device id that the
   * homeserver gives out is kept in `state/matrix/<alias>/session.json`; a pinned `device_id` or `access_token` would
   * fight with it. An empty `allowed_rooms` would admit every room, and aliases (`#room:server`) match nothing.
   */
  matrix: ({ homeserver, user, rooms, people }: MatrixOptions): ChannelFragment => ({
    settings: { homeserver, user_id: user, allowed_rooms: rooms },
    secrets: { password: 'password', recovery_key: 'recovery-key' },
    peers: people,
  }),
  /**
   * zeroclaw-config 0.8.7, schema.rs, `TelegramConfig`: it knows no list of groups, see `channelFindings`. Senders are
   * compared by username and by id (telegram.rs); usernames start with a letter, so an id never matches one.
   */
  telegram: ({ people }: TelegramOptions): ChannelFragment => ({
    settings: {},
    secrets: { bot_token: 'bot-token' },
    peers: people.map(String),
  }),
  /**
   * zeroclaw-config 0.8.7, schema.rs, `WebhookConfig`: one path, and a body `{"sender", "content", "thread_id"?}` whose
   * HMAC-SHA256 with the token is in `X-Webhook-Signature`, as hexadecimal digits. There is nobody to answer to.
   */
  webhook: ({ sources }: WebhookOptions): ChannelFragment => ({
    settings: { port: webhookPort, listen_path: `${webhookPath}/${sources.map(({ name }) => name)[0]}` },
    secrets: { secret: 'token' },
  }),
  /**
   * zeroclaw-config 0.8.7, schema.rs, `WhatsAppConfig` in web mode, which `session_path` chooses. With `pair_phone` the
   * code that links the device is in the log, as `pair code: …`; without it a QR code is. Without groups the policy
   * "allowlist" would do the same with a warning.
   */
  whatsapp: ({ number, people, groups = [] }: WhatsAppOptions): ChannelFragment => ({
    settings: {
      session_path: `${installRoot}/state/whatsapp/session.db`,
      pair_phone: number.slice(1),
      dm_policy: 'allowlist',
      group_policy: groups.length > 0 ? 'allowlist' : 'ignore',
      allowed_groups: groups.length > 0 ? groups : undefined,
    },
    secrets: {},
    peers: people,
  }),
} as const;

/** The kinds that ZeroClaw speaks. */
export type Spoken = keyof typeof dialect;

/** The channels that ZeroClaw speaks, in the order given; others are reported by the agent. */
export function spoken(channels: readonly ChannelOf<ChannelKind>[]): ChannelOf<Spoken>[] {
  return channels.filter((channel): channel is ChannelOf<Spoken> => channel.kind in dialect);
}

/** A channel in ZeroClaw's words. */
export function fragmentOf({ kind, options }: ChannelOf<Spoken>): ChannelFragment {
  // The pairs of kind and options are known to the type of the channel, not to that of the entry.
  const entry: (options: never) => ChannelFragment = dialect[kind];
  return entry(options as never);
}
