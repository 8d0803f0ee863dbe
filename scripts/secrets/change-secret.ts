import { UsageError } from '../usage-error.ts';
import { type ClusterSecrets, placeOf } from './cluster-secrets.ts';
import { type FileChange, readFile, writeFiles } from './files.ts';
import type { Keeper, Values } from './keeper.ts';
import { keeperOf } from './keepers.ts';
import type { NeededSecret } from './needs.ts';
import { hasSopsRule, sopsRules } from './sops-rules.ts';

/** What becomes of a Secret. */
export interface SecretChange {
  readonly set: Values;
  readonly remove: readonly string[];
  readonly dryRun: boolean;
}

/** The keeper of a cluster. @throws UsageError for a backend whose values are not in files, which says where they are */
export function requireKeeper(cluster: ClusterSecrets): Keeper {
  const { keeper } = keeperOf(cluster);
  if (keeper) return keeper;
  switch (cluster.keeping?.kind) {
    case 'existing':
      throw new UsageError(
        `the secrets of cluster ${cluster.name} are made by hand (existing()): no file of the repository holds them. chitin synth ${cluster.name} says how to make each with kubectl.`,
      );
    case 'externalSecrets':
      throw new UsageError(
        `the secrets of cluster ${cluster.name} are in ${cluster.keeping.store.kind} ${cluster.keeping.store.name}: no file of the repository holds them. Change them there.`,
      );
    default:
      throw new UsageError(
        `secret backend ${cluster.backend} of cluster ${cluster.name} does not say how it keeps its files (SecretBackend.keeping)`,
      );
  }
}

/**
 * Changes keys of a Secret's file, and writes what goes with it.
 *
 * @returns what was done, as a line for people
 */
export async function changeSecret(
  cluster: ClusterSecrets,
  keeper: Keeper,
  secret: NeededSecret,
  { set, remove, dryRun }: SecretChange,
): Promise<string> {
  const { repository } = cluster;
  const place = placeOf(cluster, secret);
  const before = readFile(repository, place.path);
  const { text, beside = [] } = await keeper.change(place, before, set, remove);
  const files: readonly FileChange[] = [
    { path: place.path, text, before },
    ...beside.map((file) => ({ ...file, before: readFile(repository, file.path) })),
  ];
  const written = await writeAll(cluster, files, dryRun);
  const done = [
    ...[...set.keys()].map((key) => `${key} ${dryRun ? 'would be set' : 'set'}`),
    ...remove.map((key) => `${key} ${dryRun ? 'would be removed' : 'removed'}`),
  ].join(', ');
  if (text === before) return `${place.path}: unchanged`;
  const others = written.filter((path) => path !== place.path);
  return [`${place.path}: ${done}`, ...(others.length > 0 ? [`with it: ${others.join(', ')}`] : [])].join('\n');
}

/**
 * Writes files of a cluster, and the rules of sops with them.
 *
 * @returns paths of what differs
 */
export async function writeAll(
  { name, repository, keeping }: ClusterSecrets,
  files: readonly FileChange[],
  dryRun: boolean,
): Promise<string[]> {
  const ruled = keeping?.kind !== 'sops' || hasSopsRule(repository, { name, recipients: keeping.recipients });
  const rules = ruled ? undefined : await sopsRules(repository);
  const all = rules ? [...files, rules] : files;
  if (!dryRun) writeFiles(repository, all);
  return all.filter(({ text, before }) => text !== before).map(({ path }) => path);
}
