import type { ClusterSecrets } from './cluster-secrets.ts';
import { placeOf } from './cluster-secrets.ts';
import type { Finding, FindingKind, Keeper } from './keeper.ts';
import type { NeededKey, NeededSecret } from './needs.ts';

/**
 * How a key is: `outside` means that its value is in no file of the repository and nothing here can see it, `present` that
 * nothing is known to be wrong.
 */
export type KeyState = 'present' | 'outside' | FindingKind;

/** The worst comes first. */
const order: readonly FindingKind[] = [
  'plain-text',
  'damaged',
  'missing',
  'wrong-key',
  'stale',
  'expired',
  'unverifiable',
];

/** A Secret with what is known of its file. */
export interface InspectedSecret {
  readonly secret: NeededSecret;
  /** Path of its file; undefined where the backend keeps none. */
  readonly path: string | undefined;
  readonly findings: readonly Finding[];
}

/** Inspects every Secret that the apps of a cluster need; a backend without files has no findings. */
export function inspectAll(cluster: ClusterSecrets, keeper: Keeper | undefined): InspectedSecret[] {
  return cluster.needed.map((secret) => {
    if (!keeper) return { secret, path: undefined, findings: [] };
    const place = placeOf(cluster, secret);
    const text = cluster.files.read(secret.namespace, secret.name);
    const keys = secret.keys.map(({ key }) => key);
    return { secret, path: place.path, findings: keeper.inspect(place, text, keys) };
  });
}

/** State of one key: the worst of what is known about it or about the whole file. */
export function stateOf({ path, findings }: InspectedSecret, { key }: NeededKey): KeyState {
  if (path === undefined) return 'outside';
  const kinds = findings.filter((finding) => finding.key === undefined || finding.key === key).map(({ kind }) => kind);
  return order.find((kind) => kinds.includes(kind)) ?? 'present';
}
