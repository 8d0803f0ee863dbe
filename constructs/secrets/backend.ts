import type { ApiObjectProps } from 'cdk8s';
import type { Finding, Problem } from '../problem.ts';
import type { SealingScope } from './sealing-scope.ts';
import type { PlacedSecret } from './secret.ts';
import type { CiphertextStore } from './store.ts';

/** An object of a backend. One with `text` is written byte for byte below the marker line; others get the agent's labels. */
export interface SecretObject {
  readonly props: ApiObjectProps;
  readonly text?: string | undefined;
}

/** An object beside the Secrets' own, such as a store that values are read from. It is applied before the apps. */
export interface SharedObject {
  readonly props: ApiObjectProps;
  /** Namespaces whose Secrets need it. */
  readonly namespaces: readonly string[];
  readonly purpose: string;
}

/** What the `chitin secrets` commands have to know of a backend, beyond what it renders. */
export type SecretKeeping =
  | { readonly kind: 'sops'; readonly recipients: readonly string[] }
  | {
      readonly kind: 'sealedSecrets';
      /** Path of the controller's certificate, relative to the cluster's folder. */
      readonly certificate: string;
      readonly scope: SealingScope;
    }
  | {
      readonly kind: 'externalSecrets';
      readonly store: { readonly kind: 'SecretStore' | 'ClusterSecretStore'; readonly name: string };
      /** Where the store holds a Secret; each of its keys is a property there. */
      readonly remoteKey: (secret: { readonly namespace: string; readonly name: string }) => string;
      /** Properties that a key is made of; undefined for one that is a property itself. */
      readonly parts?: (
        secret: { readonly namespace: string; readonly name: string },
        key: string,
      ) => readonly string[] | undefined;
    }
  | { readonly kind: 'existing' };

/** How values of secrets get into a cluster. */
export interface SecretBackend {
  readonly name: string;
  /** Public keys that open the cluster's ciphertext, such as age recipients; empty when the backend has none. */
  readonly recipients: readonly string[];
  /** Whether what it renders is ciphertext that the GitOps engine has to open. @default false */
  readonly decryptedByEngine?: boolean;
  /** @default the commands name what is needed, and change and verify nothing */
  readonly keeping?: SecretKeeping;
  /**
   * What all Secrets of a cluster need together.
   *
   * @param needed `namespace/name` of every Secret that apps need
   * @default nothing
   */
  readonly shared?: (needed: ReadonlySet<string>) => {
    readonly objects: readonly SharedObject[];
    readonly problems: readonly Problem[];
  };
  render(
    secret: PlacedSecret,
    files: CiphertextStore,
  ): {
    /** What makes the Secret; none when something else does, or when there are problems. */
    readonly objects: readonly SecretObject[];
    /** Changes when a value changes, so that pods that read it roll out. */
    readonly checksum?: string | undefined;
    readonly findings: readonly Finding[];
    readonly problems: readonly Problem[];
  };
}
