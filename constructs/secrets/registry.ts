import type { IConstruct } from 'constructs';
import type { PlacedSecret } from './secret.ts';

/** One construct that needs a Secret. */
export interface SecretUse {
  readonly construct: IConstruct;
  readonly secret: PlacedSecret;
  /** The parts that asked for each key, such as `channel matrix`. */
  readonly askers: Readonly<Record<string, readonly string[]>>;
}

const uses = new WeakMap<IConstruct, SecretUse[]>();

/** Remembers that a construct needs a Secret: what a cluster's ciphertext is compared with. */
export function useSecret(use: SecretUse): void {
  const { root } = use.construct.node;
  const list = uses.get(root);
  if (list) list.push(use);
  else uses.set(root, [use]);
}

/** Every need of this tree, in the order of derivation. Complete when the derivations have run. */
export function secretUses(root: IConstruct): readonly SecretUse[] {
  return uses.get(root) ?? [];
}

/** `namespace/name` of every Secret that apps of this tree need. */
export function usedSecrets(root: IConstruct): ReadonlySet<string> {
  return new Set(secretUses(root).map(({ secret }) => `${secret.namespace}/${secret.secretName}`));
}
