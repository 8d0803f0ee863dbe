import type { SecretType } from './secret-type.ts';

/** A Secret that an app needs. The cluster's backend decides how the values get there; nobody lists them twice. */
export interface SecretNeed {
  /** Suffix of the Secret's name: agent `claw` and need `matrix` make `claw-matrix`. */
  readonly name: string;
  /** Key and what it holds, in words for the person who has to supply it. */
  readonly keys: Readonly<Record<string, string>>;
  /** Its type, where the consumer asks for one; the keys are then those that it prescribes. @default Opaque */
  readonly type?: SecretType | undefined;
  /** Keys whose value may be made up, and how. @default somebody issues each of them */
  readonly generated?: Readonly<Record<string, GeneratedValue>> | undefined;
}

/** A value that may be made up: a random token, or the private half of a key pair. */
export type GeneratedValue =
  | {
      readonly type: 'token';
      /** What the program wants in front of the random part. */
      readonly prefix?: string;
    }
  | { readonly type: 'ed25519' | 'ssh' | 'age' };

/** One key of a Secret in the app's namespace. */
export interface SecretRef {
  readonly secret: string;
  readonly key: string;
}

/** A need with its place. */
export interface PlacedSecret extends SecretNeed {
  readonly namespace: string;
  /** Full name of the Secret. */
  readonly secretName: string;
}
