import type { ChannelKind } from '../channels/channel.ts';

/** Which runtimes speak a kind of channel, for errors; `speakers.test.ts` compares it with their dialects. */
export const speakers: Readonly<Record<ChannelKind, readonly string[]>> = {
  discord: ['hermes', 'openclaw', 'picoclaw', 'zeroclaw'],
  matrix: ['chitin', 'hermes', 'openclaw', 'zeroclaw'],
  slack: ['hermes', 'openclaw', 'picoclaw'],
  telegram: ['chitin', 'hermes', 'hermes-rs', 'openclaw', 'picoclaw', 'zeroclaw'],
  webhook: ['chitin', 'openclaw', 'zeroclaw'],
  whatsapp: ['openclaw', 'zeroclaw'],
};
