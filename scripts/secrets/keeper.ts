import type { Problem } from '../../constructs/problem.ts';

/** The value bytes of a Secret's keys. Never logged, never in an error, never in a temporary file. */
export type Values = ReadonlyMap<string, Uint8Array>;

/** Where a Secret of a cluster is kept. */
export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
  /** As an error shows it, relative to the repository: `clusters/lab/secrets/<namespace>/<name>.yaml`. */
  readonly path: string;
  /** Type that the Secret needs. @default Opaque */
  readonly type?: string | undefined;
}

/**
 * What is wrong with a Secret's file.
 *
 * - `missing`: there is no file, or not the key
 * - `stale`: it was made for what the source does not say any more: another name, scope or field, a key that nothing needs
 * - `wrong-key`: encrypted for other recipients, or another certificate, than the cluster's
 * - `plain-text`: what is or may be a value can be read
 * - `expired`: the key that it was encrypted for is no longer to be used
 * - `unverifiable`: nothing is known to be wrong, and nothing shows that it is right
 * - `damaged`: it is not what the backend's programs write, and they would not open it
 */
export type FindingKind = 'missing' | 'stale' | 'wrong-key' | 'plain-text' | 'expired' | 'unverifiable' | 'damaged';

/** One thing that is wrong with a file. It never quotes a value. */
export interface Finding extends Problem {
  readonly kind: FindingKind;
  /** The key that it is about; undefined when it is about the whole file. */
  readonly key?: string | undefined;
}

/** A file with its whole text. */
export interface FileText {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** What a change makes of a Secret's file, and of those that go with it. All are written, or none. */
export interface Change {
  /** The file's new text: only ciphertext. Equal to the old text when nothing changed. */
  readonly text: string;
  /** Files of the whole cluster or repository that must say the same, such as a record of what was sealed. */
  readonly beside?: readonly FileText[] | undefined;
}

/**
 * How one backend keeps its files. Pure but for randomness and the programs that it calls: text in, text out; the commands
 * alone touch the disk. A keeper is made for one cluster, with what it needs of the cluster (recipients, certificate,
 * the text of a record) already read.
 */
export interface Keeper {
  /**
   * What can be proved without a private key and without a network.
   *
   * @param text the file, or undefined when there is none: one `missing` finding for each key
   * @param keys the keys that the apps need, and no others
   */
  inspect(place: SecretPlace, text: string | undefined, keys: readonly string[]): readonly Finding[];
  /**
   * Sets and removes keys. A key that is not named keeps its ciphertext byte for byte. A later change of the same keeper
   * sees what an earlier one put beside.
   *
   * @throws UsageError when it cannot be done as things are (no private key at hand, a file that is damaged); it never
   *   quotes a value
   */
  change(place: SecretPlace, text: string | undefined, set: Values, remove: readonly string[]): Promise<Change>;
}
