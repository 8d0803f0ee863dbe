import type { Wiring } from '../../agent/plan.ts';
import type { ChannelOf } from '../../channels/channel.ts';
import type { MatrixOptions } from '../../channels/matrix.ts';
import type { TelegramOptions } from '../../channels/telegram.ts';
import type { WebhookKind, WebhookOptions } from '../../channels/webhook.ts';
import { spokenIn } from '../channel-kinds.ts';
import type { ChitinConfig } from './config-types.ts';
import { webhookPort } from './layout.ts';
import type { ChitinAddress, ChitinOptions } from './options.ts';
import type { SecretFiles } from './secret-files.ts';

type ChannelsConfig = NonNullable<ChitinConfig['channels']>;

/** The kinds that the program speaks: what its configuration has of them beside secrets, prompts and addresses. */
export const dialect = {
  /** Devices that their owner has not signed are neither heard nor given keys. */
  matrix: ({ homeserver, user, people, rooms }: MatrixOptions) => ({ homeserver, user, allow: people, rooms }),
  /** It checks who writes and not where: private chats and any group. */
  telegram: ({ people }: TelegramOptions) => ({ allow: people.map(String) }),
  webhook: ({ sources }: WebhookOptions) => sources.map(({ name, kind }) => ({ name, format: kind })),
} as const;

/** The kinds that the program speaks. */
export type Spoken = keyof typeof dialect;

/** The channels that it speaks, in the order given; the agent reports the others. */
export function spoken({ channels }: Wiring): ChannelOf<Spoken>[] {
  return spokenIn(dialect, channels);
}

const prompts: Readonly<Record<WebhookKind, string>> = {
  alertmanager:
    'Alertmanager reports alerts. Find out what is wrong as far as your tools show it. Say in a few sentences what it is, how urgent it is, and what a person should do.',
  arr: 'A media manager reports an event. Say in one or two sentences what happened, and what a person should do, if anything.',
  generic: 'A program reports something. Say in a few sentences what it is, and what a person should do, if anything.',
};

/** Where answers go that nobody asked for in a chat; undefined when the agent has no chat. */
export function reportAddress({ reportTo }: ChitinOptions, wiring: Wiring): ChitinAddress | undefined {
  if (reportTo) return reportTo;
  const channels = spoken(wiring);
  const matrix = channels.find((channel) => channel.kind === 'matrix');
  const [room] = matrix?.options.rooms ?? [];
  if (room !== undefined) return { channel: 'matrix', to: room };
  const telegram = channels.find((channel) => channel.kind === 'telegram');
  const [person] = telegram?.options.people ?? [];
  return person === undefined ? undefined : { channel: 'telegram', to: person };
}

/** As the configuration writes it. Without a chat it is a problem, see `addressProblems`. */
export function addressConfig(address: ChitinAddress | undefined): { channel: ChitinAddress['channel']; to: string } {
  return { channel: address?.channel ?? 'matrix', to: `${address?.to ?? ''}` };
}

/** `channels`; a second channel of one kind is a problem, see `repeatedKinds`. */
export function channelsConfig(options: ChitinOptions, wiring: Wiring, secrets: SecretFiles): ChannelsConfig {
  const config: { -readonly [K in keyof ChannelsConfig]: ChannelsConfig[K] } = {};
  for (const channel of spoken(wiring)) {
    const secret = (key: string) => secrets.file(wiring.secret(channel.secret, key));
    switch (channel.kind) {
      case 'matrix':
        config.matrix = {
          ...dialect.matrix(channel.options),
          login: { password: secret('password') },
          recoveryKey: secret('recovery-key'),
        };
        break;
      case 'telegram':
        config.telegram = { ...dialect.telegram(channel.options), token: secret('bot-token') };
        break;
      case 'webhook': {
        const deliverTo = addressConfig(reportAddress(options, wiring));
        const sources = dialect.webhook(channel.options).map(({ name, format }) => {
          const prompt = options.prompts?.[name] ?? prompts[format];
          return [name, { format, auth: { kind: 'bearer', secret: secret('token') }, prompt, deliverTo }] as const;
        });
        config.webhook = { port: webhookPort, sources: Object.fromEntries(sources) };
      }
    }
  }
  return config;
}
