import type { ChannelOf } from '../../channels/channel.ts';
import type { DiscordOptions } from '../../channels/discord.ts';
import type { WebhookOptions } from '../../channels/webhook.ts';
import type { Finding, Problem } from '../../problem.ts';
import { anyPlace } from '../channel-kinds.ts';
import type { Spoken } from './channels.ts';

/** What ZeroClaw cannot do with the channels that it speaks. */
export function channelProblems(channels: readonly ChannelOf<Spoken>[]): Problem[] {
  return [
    ...repeated(channels.map(({ kind }) => kind)),
    ...channels.flatMap((channel) => (channel.kind === 'webhook' ? webhookProblems(channel.options) : [])),
  ];
}

/** Where a channel lets in more or less than its options say. */
export function channelFindings(channels: readonly ChannelOf<Spoken>[]): Finding[] {
  return channels.flatMap((channel) => {
    // `TelegramConfig` has no list of groups (zeroclaw-config 0.8.7, schema.rs).
    if (channel.kind === 'telegram') return anyPlace('zeroclaw', [channel]);
    return channel.kind === 'discord' ? discordFindings(channel.options) : [];
  });
}

function discordFindings({ servers = [] }: DiscordOptions): Finding[] {
  if (servers.length === 0) return [];
  return [
    {
      rule: 'zeroclaw-discord-no-direct-messages',
      message: 'runtime zeroclaw: on Discord it drops direct messages, since channels are listed',
      why: 'Its list of channels applies to direct messages too, and their ids are known to nobody beforehand.',
      help: 'Leave out `servers` for direct messages alone, or accept it with the reason.',
    },
  ];
}

/** Two accounts of one kind would need two secrets of one name. */
function repeated(kinds: readonly Spoken[]): Problem[] {
  const twice = new Set(kinds.filter((kind, index) => kinds.indexOf(kind) !== index));
  return [...twice].map((kind) => ({
    message: `runtime zeroclaw: ${kinds.filter((each) => each === kind).length} channels of kind ${kind}`,
    why: 'They would share one secret and one state folder, and log in as one account.',
    help: 'Give one channel all rooms and people, or make a second agent.',
  }));
}

function webhookProblems({ sources }: WebhookOptions): Problem[] {
  const problems: Problem[] = sources
    .filter(({ kind }) => kind !== 'generic')
    .map(({ name, kind }) => ({
      message: `runtime zeroclaw: source "${name}" of channel webhook is of kind ${kind}`,
      why: 'ZeroClaw reads only {"sender", "content"} with an HMAC-SHA256 in X-Webhook-Signature, which neither Alertmanager nor the *arr applications send.',
      help: "Use a runtime that takes a bearer token, or put a program between that signs, and make the source 'generic'.",
    }));
  if (sources.length > 1) {
    problems.push({
      message: `runtime zeroclaw: ${sources.length} sources of channel webhook`,
      why: 'ZeroClaw listens on one path.',
      help: 'Give one source the callers of all: they say who they are in "sender".',
    });
  }
  return problems;
}
