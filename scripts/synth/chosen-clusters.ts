import { UsageError } from '../usage-error.ts';
import { clusterNames, findRepository } from './clusters.ts';

/**
 * The repository around the current folder, and those of its clusters that were asked for.
 *
 * @param wanted names of clusters; none for all
 * @throws UsageError where there is no repository, no cluster, or none of a name
 */
export function chosenClusters(wanted: readonly string[]): {
  readonly repository: string;
  readonly clusters: readonly string[];
} {
  const repository = findRepository(process.cwd());
  if (repository === undefined) {
    throw new UsageError('there is no clusters/ folder here or above; run it inside a repository');
  }
  const known = clusterNames(repository);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0 || known.length === 0) {
    const list = known.length > 0 ? `There are: ${known.join(', ')}.` : 'There is no clusters/<name>/cluster.ts yet.';
    throw new UsageError(`unknown cluster: ${unknown.join(', ')}. ${list}`);
  }
  return { repository, clusters: wanted.length > 0 ? wanted : known };
}
