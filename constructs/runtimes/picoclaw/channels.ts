import type { ChannelOf } from '../../channels/channel.ts';
import type { DiscordOptions } from '../../channels/discord.ts';
import type { SlackOptions } from '../../channels/slack.ts';
import type { TelegramOptions } from '../../channels/telegram.ts';

/** A channel in PicoClaw's words. */
export interface ChannelFragment {
  /** An empty list admits everybody (pkg/channels/base.go); ids match before usernames are looked at. */
  readonly allow_from: readonly string[];
  /** Field of `settings` to key of the channel's secret. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * The kinds that PicoClaw 0.2.9 speaks in a way that fits (pkg/config/config.go). Not Matrix: it logs in by access token
 * alone, reads the passphrase of its keys from plain configuration, and joins every room that it is invited to. Not
 * WhatsApp: the released images are built without it (.goreleaser.yaml).
 */
export const dialect = {
  discord: ({ people }: DiscordOptions): ChannelFragment => ({ allow_from: people, secrets: { token: 'bot-token' } }),
  slack: ({ people }: SlackOptions): ChannelFragment => ({
    allow_from: people,
    secrets: { bot_token: 'bot-token', app_token: 'app-token' },
  }),
  telegram: ({ people }: TelegramOptions): ChannelFragment => ({
    allow_from: people.map(String),
    secrets: { token: 'bot-token' },
  }),
} as const;

/** The kinds that PicoClaw speaks. */
export type Spoken = keyof typeof dialect;

/** A channel in PicoClaw's words. */
export function fragmentOf({ kind, options }: ChannelOf<Spoken>): ChannelFragment {
  // The pairs of kind and options are known to the type of the channel, not to that of the entry.
  const entry: (options: never) => ChannelFragment = dialect[kind];
  return entry(options as never);
}

/** The variable that carries one secret of a channel: `CHANNEL_SLACK_BOT_TOKEN`. */
export function channelVariable(kind: Spoken, field: string): string {
  return `CHANNEL_${kind}_${field}`.toUpperCase();
}
