export type { SecretBackend, SecretObject } from './backend.ts';
export type { PlacedSecret, SecretNeed, SecretRef } from './secret.ts';
export { sops } from './sops.ts';
export type { CiphertextStore } from './store.ts';
