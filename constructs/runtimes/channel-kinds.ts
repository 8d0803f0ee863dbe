import type { ChannelKind, ChannelOf } from '../channels/channel.ts';
import type { Finding, Problem } from '../problem.ts';

/** The channels of the kinds that a dialect has, in the order given; the agent reports the others. */
export function spokenIn<K extends ChannelKind>(
  dialect: { readonly [kind in K]: unknown },
  channels: readonly ChannelOf<ChannelKind>[],
): ChannelOf<K>[] {
  return channels.filter(({ kind }) => kind in dialect) as ChannelOf<K>[];
}

/** Two accounts of one kind would need two secrets of one name. */
export function repeatedKinds(runtime: string, channels: readonly ChannelOf<ChannelKind>[]): Problem[] {
  const kinds = channels.map(({ kind }) => kind);
  const twice = new Set(kinds.filter((kind, index) => kinds.indexOf(kind) !== index));
  return [...twice].map((kind) => ({
    message: `runtime ${runtime}: ${kinds.filter((each) => each === kind).length} channels of kind ${kind}`,
    why: 'They would share one secret, and log in as one account.',
    help: 'Give one channel all places and people, or make a second agent.',
  }));
}

/** For programs that check who writes, and not where: their lists of groups, servers and channels hold back nothing. */
export function anyPlace(runtime: string, channels: readonly ChannelOf<ChannelKind>[]): Finding[] {
  return channels.map(({ kind }) => ({
    rule: 'channel-any-place',
    message: `runtime ${runtime}: channel ${kind} answers the people whom it obeys wherever they write`,
    why: 'The program knows a list of people and none of places, and everybody in a group reads its answers.',
    help: 'Keep the bot out of other groups and channels at the service, or accept it with the reason.',
  }));
}
