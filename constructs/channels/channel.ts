import type { Flow, Peer } from '../network/flow.ts';
import type { Problem } from '../problem.ts';
import type { SecretNeed } from '../secrets/secret.ts';
import type { DiscordOptions } from './discord.ts';
import type { MatrixOptions } from './matrix.ts';
import type { SlackOptions } from './slack.ts';
import type { TelegramOptions } from './telegram.ts';
import type { WebhookOptions } from './webhook.ts';
import type { WhatsAppOptions } from './whatsapp.ts';

/** Every kind of channel, and its options. A new channel adds one line here. */
export interface Channels {
  readonly discord: DiscordOptions;
  readonly matrix: MatrixOptions;
  readonly slack: SlackOptions;
  readonly telegram: TelegramOptions;
  readonly webhook: WebhookOptions;
  readonly whatsapp: WhatsAppOptions;
}

/** Name of a kind of channel. */
export type ChannelKind = keyof Channels;

/** A connection over which people or programs talk with an agent: what is true of the service, whatever program speaks to it. */
export interface Channel<K extends ChannelKind = ChannelKind> {
  readonly kind: K;
  readonly options: Channels[K];
  readonly secret: SecretNeed;
  /** Connections that the agent opens. */
  readonly flows: readonly Flow[];
  /** Who connects to the agent's port, for channels that are called. @default nobody */
  readonly callers?: readonly Peer[] | undefined;
  /** What is wrong with the options. */
  readonly problems: readonly Problem[];
}

/** A channel of one of the kinds `C`, so that a runtime's own kinds are checked by type. */
export type ChannelOf<C extends ChannelKind> = { readonly [K in C]: Channel<K> }[C];
