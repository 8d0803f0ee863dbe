import { join } from 'node:path';
import { factsOf } from '../../constructs/facts.ts';
import type { SecretKeeping } from '../../constructs/secrets/backend.ts';
import type { CiphertextStore } from '../../constructs/secrets/store.ts';
import { clusterNames, findRepository, loadCluster, thrown } from '../synth/clusters.ts';
import { UsageError } from '../usage-error.ts';
import type { SecretPlace } from './keeper.ts';
import { type NeededSecret, neededSecrets } from './needs.ts';

/** A cluster, what its apps need, and where that is kept. */
export interface ClusterSecrets {
  readonly name: string;
  /** Absolute path of the repository. */
  readonly repository: string;
  /** Name of the backend, as the cluster's source calls it. */
  readonly backend: string;
  /** Undefined for a backend that says nothing to the commands. */
  readonly keeping: SecretKeeping | undefined;
  readonly files: CiphertextStore;
  readonly needed: readonly NeededSecret[];
}

/** The repository around the current folder. */
export function repositoryHere(): string {
  const repository = findRepository(process.cwd());
  if (repository === undefined)
    throw new UsageError('there is no clusters/ folder here or above; run it inside a repository');
  return repository;
}

/**
 * Names of clusters of a repository. Errors do not repeat an unknown one: it may be a value in the wrong place.
 *
 * @param wanted none for all
 */
export function clustersOf(repository: string, wanted: readonly string[]): readonly string[] {
  const known = clusterNames(repository);
  if (known.length === 0) throw new UsageError('there is no clusters/<name>/cluster.ts yet');
  if (wanted.some((name) => !known.includes(name)))
    throw new UsageError(`there is no such cluster. There are: ${known.join(', ')}.`);
  return wanted.length > 0 ? [...new Set(wanted)] : known;
}

/** Loads a cluster and derives what its apps need. @throws UsageError when its source does not run */
export async function clusterSecrets(repository: string, name: string): Promise<ClusterSecrets> {
  const loaded = await loadCluster(repository, name);
  if ('error' in loaded) throw new UsageError(`cluster ${name} cannot be loaded\n${loaded.error}`);
  const { cluster } = loaded;
  let needed: readonly NeededSecret[];
  try {
    needed = neededSecrets(cluster);
  } catch (error) {
    throw new UsageError(
      `what cluster ${name} needs cannot be derived\n${thrown(error, repository, `clusters/${name}/cluster.ts`)}`,
    );
  }
  const { secrets, ciphertext } = factsOf(cluster);
  return { name, repository, backend: secrets.name, keeping: secrets.keeping, files: ciphertext, needed };
}

/** The file of a Secret, with the type that is needed; of one that nobody needs, no type is known. */
export function placeOf(
  { files, needed }: ClusterSecrets,
  { namespace, name }: { namespace: string; name: string },
): SecretPlace {
  const type = needed.find((secret) => secret.namespace === namespace && secret.name === name)?.type;
  return { namespace, name, path: files.path(namespace, name), type };
}

/** Absolute path of the cluster's folder. */
export function folderOf({ repository, name }: { readonly repository: string; readonly name: string }): string {
  return join(repository, 'clusters', name);
}
