export type { Channel, ChannelKind, ChannelOf, Channels } from './channel.ts';
export { type DiscordOptions, type DiscordServer, discord, type Snowflake } from './discord.ts';
export { type MatrixOptions, type MatrixUser, matrix, type RoomId } from './matrix.ts';
export { type SlackChannel, type SlackOptions, type SlackUser, slack } from './slack.ts';
export { type TelegramOptions, telegram } from './telegram.ts';
export {
  type AlertmanagerSource,
  type CallingPods,
  type NamedCallers,
  type OtherSource,
  type WebhookKind,
  type WebhookOptions,
  type WebhookSource,
  webhook,
} from './webhook.ts';
export { type PhoneNumber, type WhatsAppGroup, type WhatsAppOptions, whatsApp } from './whatsapp.ts';
