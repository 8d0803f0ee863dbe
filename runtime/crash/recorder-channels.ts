/** Stands in for `src/channels.ts`: the channels of the configuration and the recorder. */
import type { Channel } from '../src/channel.ts';
import { TelegramChannel } from '../src/channel-telegram.ts';
import { WebhookChannel } from '../src/channel-webhook.ts';
import type { Config } from '../src/config.ts';
import type { Logger } from '../src/log.ts';
import type { Metrics } from '../src/metrics.ts';
import { RecorderChannel } from './recorder-channel.ts';
import { recorderVariable } from './recorder-variable.ts';

export async function makeChannels({ channels }: Config, log: Logger, metrics: Metrics): Promise<Channel[]> {
  const { webhook, telegram } = channels;
  const recorder = process.env[recorderVariable];
  return [
    ...(recorder === undefined ? [] : [new RecorderChannel(recorder)]),
    ...(webhook === undefined ? [] : [new WebhookChannel(webhook, log, metrics)]),
    ...(telegram === undefined ? [] : [new TelegramChannel(telegram, log, metrics)]),
  ];
}
