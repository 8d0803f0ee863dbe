export type { Channel, ChannelKind, ChannelOf, Channels } from './channel.ts';
export { type MatrixOptions, type MatrixUser, matrix, type RoomId } from './matrix.ts';
