import type { Cluster } from '../../constructs/cluster.ts';
import { originOf } from '../../constructs/origin.ts';
import { secretUses } from '../../constructs/secrets/registry.ts';
import type { GeneratedValue } from '../../constructs/secrets/secret.ts';

/** Somebody who reads a key. */
export interface User {
  /** Construct path, such as `lab/claw/claw`. */
  readonly path: string;
  /** The parts that asked for it, such as `channel matrix`. */
  readonly parts: readonly string[];
}

/** One key of a Secret. */
export interface NeededKey {
  readonly key: string;
  /** What it holds, in words. */
  readonly what: string;
  /** How its value may be made up; undefined when somebody issues it. */
  readonly generated?: GeneratedValue | undefined;
  readonly users: readonly User[];
}

/** A Secret that apps of a cluster need. */
export interface NeededSecret {
  readonly namespace: string;
  readonly name: string;
  /** @default Opaque */
  readonly type?: string | undefined;
  readonly keys: readonly NeededKey[];
}

/**
 * Every Secret that the apps of a cluster need, by namespace and name, from its derivations. What is wrong with the
 * cluster's ciphertext does not matter for that.
 */
export function neededSecrets(cluster: Cluster): NeededSecret[] {
  // Validation runs the derivations, each once.
  for (const construct of cluster.node.findAll()) construct.node.validate();
  const secrets = new Map<string, Omit<NeededSecret, 'keys'> & { readonly keys: Map<string, NeededKey> }>();
  for (const { construct, secret, askers } of secretUses(cluster)) {
    const { namespace, secretName: name, type } = secret;
    const id = `${namespace}/${name}`;
    const known = secrets.get(id) ?? { namespace, name, type, keys: new Map<string, NeededKey>() };
    secrets.set(id, known);
    for (const [key, what] of Object.entries(secret.keys)) {
      const user = { path: originOf(construct).path, parts: askers[key] ?? [] };
      known.keys.set(key, {
        key,
        what,
        generated: secret.generated?.[key],
        users: [...(known.keys.get(key)?.users ?? []), user],
      });
    }
  }
  return [...secrets]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { keys, ...secret }]) => ({ ...secret, keys: [...keys.values()] }));
}
