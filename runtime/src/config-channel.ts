import { z } from 'zod';
import { check, link, ownChannels, path, port, readJson } from './config.ts';

/** The configuration of the role `channel`. There is no place for a model or its key. */
const channelConfigSchema = z.strictObject({
  $schema: z.string().optional(),
  state: path.describe('Folder for what a channel keeps: the device of Matrix. Not the one of the agent.'),
  agent: link,
  channels: z
    .strictObject(ownChannels)
    .refine((channels) => Object.values(channels).some((channel) => channel !== undefined), 'needs at least one'),
  http: z
    .strictObject({ host: z.string().optional(), port: port.default(9091) })
    .prefault({})
    .describe('Health and metrics; in the pod of the agent, another port than its own.'),
  shutdownSeconds: z.int().min(1).max(600).default(25),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type ChannelConfig = z.output<typeof channelConfigSchema>;

/** @throws ConfigError that names every path that is wrong, and no value */
export function loadChannelConfig(file: string): ChannelConfig {
  return check(channelConfigSchema, readJson(file), file);
}
