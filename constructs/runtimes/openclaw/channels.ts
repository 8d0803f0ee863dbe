import type { ChannelOf } from '../../channels/channel.ts';
import type { DiscordOptions } from '../../channels/discord.ts';
import type { MatrixOptions } from '../../channels/matrix.ts';
import type { SlackOptions } from '../../channels/slack.ts';
import type { TelegramOptions } from '../../channels/telegram.ts';
import type { WebhookOptions } from '../../channels/webhook.ts';
import type { WhatsAppOptions } from '../../channels/whatsapp.ts';

/** A channel in OpenClaw's words. */
export interface ChannelFragment {
  /** `channels.<kind>`, without the secret fields; undefined for what is no channel of OpenClaw. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Secret field to key of the channel's secret. */
  readonly secrets: Readonly<Record<string, string>>;
  /** npm package of its plugin; undefined for one that the image has. */
  readonly plugin?: string;
  /** Hosts that the plugin downloads from beside the npm registry. */
  readonly downloads?: readonly string[];
}

/**
 * The kinds that OpenClaw speaks (docs/channels of 2026.9.6; 2026.7.1-2 takes the same keys). Policies are written out:
 * without one, a stranger who writes gets a pairing code. In groups and rooms the agent answers when it is mentioned.
 */
export const dialect = {
  discord: ({ people, servers = [] }: DiscordOptions): ChannelFragment => ({
    settings: {
      dmPolicy: 'allowlist',
      allowFrom: people,
      groupPolicy: servers.length > 0 ? 'allowlist' : 'disabled',
      ...(servers.length > 0
        ? {
            guilds: Object.fromEntries(
              servers.map(({ id, channels }) => [
                id,
                {
                  users: people,
                  channels: Object.fromEntries(channels.map((channel) => [channel, { enabled: true }])),
                },
              ]),
            ),
          }
        : {}),
    },
    secrets: { token: 'bot-token' },
    plugin: '@openclaw/discord',
  }),
  /**
   * It joins only what is one of the rooms, so that there is no other to answer in; of those, one with a single person may
   * count as direct messages. The device that the homeserver gives out is kept in the state. The native half of the
   * encryption is downloaded from releases on GitHub at the first start (matrix-sdk-crypto-nodejs, download-lib.js).
   */
  matrix: ({ homeserver, user, rooms, people }: MatrixOptions): ChannelFragment => ({
    settings: {
      homeserver,
      userId: user,
      encryption: true,
      dm: { policy: 'allowlist', allowFrom: people },
      groupPolicy: 'allowlist',
      groupAllowFrom: people,
      groups: Object.fromEntries(rooms.map((room) => [room, { enabled: true, users: people }])),
      autoJoin: 'allowlist',
      autoJoinAllowlist: rooms,
    },
    secrets: { password: 'password' },
    plugin: '@openclaw/matrix',
    downloads: ['github.com', 'objects.githubusercontent.com', 'release-assets.githubusercontent.com'],
  }),
  slack: ({ people, channels = [] }: SlackOptions): ChannelFragment => ({
    settings: {
      mode: 'socket',
      dmPolicy: 'allowlist',
      allowFrom: people,
      groupPolicy: channels.length > 0 ? 'allowlist' : 'disabled',
      ...(channels.length > 0
        ? { channels: Object.fromEntries(channels.map((channel) => [channel, { enabled: true, users: people }])) }
        : {}),
    },
    secrets: { botToken: 'bot-token', appToken: 'app-token' },
    plugin: '@openclaw/slack',
  }),
  telegram: ({ people, groups = [] }: TelegramOptions): ChannelFragment => ({
    settings: {
      dmPolicy: 'allowlist',
      allowFrom: people.map(String),
      groupPolicy: groups.length > 0 ? 'allowlist' : 'disabled',
      ...(groups.length > 0
        ? {
            groupAllowFrom: people.map(String),
            groups: Object.fromEntries(groups.map((group) => [`${group}`, { requireMention: true }])),
          }
        : {}),
    },
    secrets: { botToken: 'bot-token' },
  }),
  /** `hooks` of the configuration, see hooks.ts. */
  webhook: (_: WebhookOptions): ChannelFragment => ({ secrets: { token: 'token' } }),
  /** The session is in the state, once a person has linked the device: `openclaw channels login --channel whatsapp` in the pod. */
  whatsapp: ({ people, groups = [] }: WhatsAppOptions): ChannelFragment => ({
    settings: {
      dmPolicy: 'allowlist',
      allowFrom: people,
      groupPolicy: groups.length > 0 ? 'allowlist' : 'disabled',
      ...(groups.length > 0
        ? {
            groupAllowFrom: people,
            groups: Object.fromEntries(groups.map((group) => [group, { requireMention: true }])),
          }
        : {}),
    },
    secrets: {},
    plugin: '@openclaw/whatsapp',
  }),
} as const;

/** The kinds that OpenClaw speaks. */
export type Spoken = keyof typeof dialect;

/** A channel in OpenClaw's words. */
export function fragmentOf({ kind, options }: ChannelOf<Spoken>): ChannelFragment {
  // The pairs of kind and options are known to the type of the channel, not to that of the entry.
  const entry: (options: never) => ChannelFragment = dialect[kind];
  return entry(options as never);
}

/** The variable that carries one secret of a channel: `CHANNEL_SLACK_BOT_TOKEN`. */
export function channelVariable(kind: Spoken, key: string): string {
  return `CHANNEL_${kind}_${key}`.toUpperCase().replaceAll('-', '_');
}
