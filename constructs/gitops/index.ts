export type { GitOpsEngine, GitOpsObject, PlacedApp } from './engine.ts';
export { type FluxOptions, flux } from './flux.ts';
export { none } from './none.ts';
