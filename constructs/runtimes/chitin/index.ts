export { chitin } from './chitin.ts';
export type { ChitinConfig } from './config-types.ts';
export type { ChitinAddress, ChitinOptions, ChitinPatches, ChitinSchedule } from './options.ts';
