export { type ArgoCdOptions, argocd } from './argocd.ts';
export type { GitOpsEngine, GitOpsObject, ObjectRole, PlacedApp, PlacedObject } from './engine.ts';
export { type FluxOptions, flux } from './flux.ts';
export type { FluxSource, GitSource, OciSource, SigningIdentity } from './flux-source.ts';
export { none } from './none.ts';
