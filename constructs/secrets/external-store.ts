import type { SharedObject } from './backend.ts';

/** Vault, as External Secrets reads it (`VaultProvider` in `apis/externalsecrets/v1/secretsstore_vault_types.go`, 2.9). */
export interface VaultStore {
  /** Address: `https://vault.example.org:8200`. */
  readonly server: string;
  /** Mount path of the KV engine, such as `secret`. */
  readonly path?: string;
  /** Of the KV engine. @default 'v2' */
  readonly version?: 'v1' | 'v2';
  /** How the operator signs in: `{ kubernetes: { mountPath, role, serviceAccountRef } }`. What is secret in it is named, never written. */
  readonly auth?: Readonly<Record<string, unknown>>;
  /** Any other field of Vault's provider, as it stands. */
  readonly [field: string]: unknown;
}

/** A provider of External Secrets under its name, as its reference describes it: `{ aws: { service: 'SecretsManager', … } }`. */
export type StoreProvider =
  | { readonly vault: VaultStore }
  | {
      readonly vault?: never;
      readonly [provider: string]: Readonly<Record<string, unknown>> | undefined;
    };

/** A store of External Secrets. */
export interface ExternalStore {
  /** In each namespace with a Secret, or one for the cluster. */
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
  /** What it reads from; the store is then made with the cluster. @default something else makes the store */
  readonly provider?: StoreProvider;
}

/** Refuses a provider that is none, or that would write values down. @throws Error */
export function requireProvider({ provider }: ExternalStore): void {
  if (provider === undefined) return;
  const [name, ...more] = Object.keys(provider);
  if (name === undefined || more.length > 0)
    throw new Error('externalSecrets(): `store.provider` has not exactly one provider, such as `{ vault: { … } }`');
  if (name === 'fake')
    throw new Error(
      'externalSecrets(): provider `fake` holds its values in plain text, and they would be in dist. Use a store that keeps them.',
    );
}

/** The stores that are ours to make. One for the cluster serves the namespaces with Secrets and no others. */
export function storeObjects({ kind, name, provider }: ExternalStore, namespaces: readonly string[]): SharedObject[] {
  if (provider === undefined || namespaces.length === 0) return [];
  const apiVersion = 'external-secrets.io/v1';
  const [from = ''] = Object.keys(provider);
  const purpose = `where the values of the Secrets are read from (${from})`;
  if (kind === 'ClusterSecretStore') {
    const spec = { provider: structuredClone(provider), conditions: [{ namespaces }] };
    return [{ props: { apiVersion, kind, metadata: { name }, spec }, namespaces, purpose }];
  }
  return namespaces.map((namespace) => ({
    props: { apiVersion, kind, metadata: { name, namespace }, spec: { provider: structuredClone(provider) } },
    namespaces: [namespace],
    purpose,
  }));
}
