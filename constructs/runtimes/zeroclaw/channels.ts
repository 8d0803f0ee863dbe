import type { ChannelKind, ChannelOf } from '../../channels/channel.ts';
import type { MatrixOptions } from '../../channels/matrix.ts';
import type { Problem } from '../../problem.ts';
import type { TomlTable } from './toml.ts';

/** A channel in ZeroClaw's words. */
export interface ChannelFragment {
  /** Fields of `[channels.<kind>.<alias>]`, without the secret ones. */
  readonly settings: TomlTable;
  /** Secret field to key of the channel's secret. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Who is obeyed. An empty list, like a missing peer group, denies everybody. */
  readonly peers: readonly string[];
}

/** The kinds of channels that the released images speak, and how. */
export const dialect = {
  /**
   * zeroclaw-config 0.8.7, schema.rs, `MatrixConfig`. Login by password and recovery key: the device id that the
   * homeserver gives out is kept in `state/matrix/<alias>/session.json`; a pinned `device_id` or `access_token` would
   * fight with it. An empty `allowed_rooms` would admit every room, and aliases (`#room:server`) match nothing.
   */
  matrix: ({ homeserver, user, rooms, people }: MatrixOptions): ChannelFragment => ({
    settings: { homeserver, user_id: user, allowed_rooms: rooms },
    secrets: { password: 'password', recovery_key: 'recovery-key' },
    peers: people,
  }),
} as const;

/** The kinds that ZeroClaw speaks. */
export type Spoken = keyof typeof dialect;

/** The channels that ZeroClaw speaks, in the order given; others are reported by the agent. */
export function spoken(channels: readonly ChannelOf<ChannelKind>[]): ChannelOf<Spoken>[] {
  return channels.filter((channel): channel is ChannelOf<Spoken> => channel.kind in dialect);
}

/** Two accounts of one kind would need two secrets of one name. */
export function channelProblems(channels: readonly ChannelOf<Spoken>[]): Problem[] {
  const kinds = channels.map(({ kind }) => kind);
  const twice = new Set(kinds.filter((kind, index) => kinds.indexOf(kind) !== index));
  return [...twice].map((kind) => ({
    message: `runtime zeroclaw: ${kinds.filter((each) => each === kind).length} channels of kind ${kind}`,
    why: 'They would share one secret and one state folder, and log in as one account.',
    help: 'Give one channel all rooms and people, or make a second agent.',
  }));
}
