import { UsageError } from '../usage-error.ts';
import type { ClusterSecrets } from './cluster-secrets.ts';
import type { NeededKey, NeededSecret } from './needs.ts';

/** Repeats nothing that was given: a value may stand in the wrong place. */
const instead = (what: string, list: readonly string[]) =>
  list.length === 0 ? `There is no ${what} at all.` : `There are: ${list.join(', ')}.`;

/**
 * The Secret that is called `namespace/name`, or `name` where one namespace alone has it.
 *
 * @throws UsageError with what there is instead
 */
export function secretOf({ name: cluster, needed }: ClusterSecrets, text: string): NeededSecret {
  const full = (secret: NeededSecret) => `${secret.namespace}/${secret.name}`;
  const found = needed.filter((secret) => full(secret) === text || secret.name === text);
  const [first, ...more] = found;
  if (!first)
    throw new UsageError(
      `no app of cluster ${cluster} needs a Secret of that name. ${instead('Secret', needed.map(full))}`,
    );
  if (more.length > 0)
    throw new UsageError(
      `several namespaces of cluster ${cluster} have a Secret of that name: ${found.map(full).join(', ')}. Write one of them.`,
    );
  return first;
}

/** A key of a Secret. @throws UsageError with the keys that it has */
export function keyOf({ namespace, name, keys }: NeededSecret, text: string): NeededKey {
  const found = keys.find(({ key }) => key === text);
  if (found) return found;
  throw new UsageError(
    `no app needs that key of ${namespace}/${name}. ${instead(
      'key',
      keys.map(({ key, what }) => `${key} (${what})`),
    )}`,
  );
}
