import type { IConstruct } from 'constructs';

const used = new WeakMap<IConstruct, Set<string>>();

/** Remembers that an app of this tree needs a Secret, so that a cluster can tell ciphertext that nobody needs. */
export function useSecret(construct: IConstruct, namespace: string, name: string): void {
  const { root } = construct.node;
  used.set(root, (used.get(root) ?? new Set()).add(`${namespace}/${name}`));
}

/** `namespace/name` of every Secret that apps of this tree need. */
export function usedSecrets(root: IConstruct): ReadonlySet<string> {
  return used.get(root) ?? new Set();
}
