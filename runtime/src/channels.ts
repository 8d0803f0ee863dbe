import type { Channel } from './channel.ts';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** The channels that the configuration names, not yet started. */
export async function makeChannels(
  { channels, state }: Pick<Config, 'channels' | 'state'>,
  log: Logger,
  metrics: Metrics,
): Promise<Channel[]> {
  const made: Channel[] = [];
  if (channels.webhook !== undefined)
    made.push(new (await import('./channel-webhook.ts')).WebhookChannel(channels.webhook, log, metrics));
  if (channels.telegram !== undefined)
    made.push(new (await import('./channel-telegram.ts')).TelegramChannel(channels.telegram, log, metrics));
  if (channels.matrix !== undefined)
    made.push(new (await import('./channel-matrix.ts')).MatrixChannel(channels.matrix, state, log, metrics));
  const { remote = {}, ...own } = channels;
  const kinds = [own, remote].flatMap((some) => Object.keys(some));
  for (const [kind, link] of Object.entries(remote))
    if (link !== undefined) made.push(new (await import('./channel-remote.ts')).RemoteChannel(kind, link, kinds, log));
  return made;
}
