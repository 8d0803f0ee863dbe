export type { SecretBackend, SecretObject } from './backend.ts';
export { existing } from './existing-secrets.ts';
export { type ExternalSecretsOptions, externalSecrets } from './external-secrets.ts';
export { sealedSecrets } from './sealed-secrets.ts';
export type { SealingScope } from './sealing-scope.ts';
export type { GeneratedValue, PlacedSecret, SecretNeed, SecretRef } from './secret.ts';
export { sops } from './sops.ts';
export type { CiphertextStore } from './store.ts';
