import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Cluster } from '../../constructs/cluster.ts';
import { sourceLine, thrownSource } from '../../constructs/origin.ts';

/** The nearest folder upward that has `clusters/`: the repository. */
export function findRepository(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'clusters'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Names of the clusters of a repository: folders of `clusters/` with a `cluster.ts`. */
export function clusterNames(repository: string): string[] {
  return readdirSync(join(repository, 'clusters'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(repository, 'clusters', entry.name, 'cluster.ts')))
    .map(({ name }) => name)
    .sort();
}

/** A cluster, or why it could not be loaded, as text for people. */
export type Loaded =
  | { readonly name: string; readonly cluster: Cluster }
  | { readonly name: string; readonly error: string };

/** A command line that was installed for all of a machine meets the library that a repository has. */
const otherCopy =
  'it is made with another copy of the library than the one that reads it\n  Run the command line of the repository: npx chitin. When that is the one, npm ls --all names the copies; leave one.';

/** Loads `clusters/<name>/cluster.ts`. */
export async function loadCluster(repository: string, name: string): Promise<Loaded> {
  const file = join(repository, 'clusters', name, 'cluster.ts');
  const shown = relative(repository, file).split(sep).join('/');
  let cluster: unknown;
  try {
    ({ default: cluster } = (await import(pathToFileURL(file).href)) as { default?: unknown });
  } catch (error) {
    return { name, error: thrown(error, repository, shown) };
  }
  if (!(cluster instanceof Cluster)) {
    if (cluster?.constructor?.name === Cluster.name) return { name, error: `${shown}\n  ${otherCopy}` };
    return {
      name,
      error: `${shown}\n  its default export is not a Cluster\n  Write: export default new Cluster('${name}', { … });`,
    };
  }
  if (cluster.name !== name) {
    return {
      name,
      error: `${shown}\n  the cluster is called "${cluster.name}", and its folder "${name}"\n  Give them one name.`,
    };
  }
  return { name, cluster };
}

/** An error of the author's code: where it was thrown and its message, without a stack. */
export function thrown(error: unknown, repository: string, file: string): string {
  if (!(error instanceof Error)) return `${file}\n  ${String(error)}`;
  const source = thrownSource(error);
  const where = source ? sourceLine(source, repository) : file;
  const message = error.message.replaceAll(`${repository}${sep}`, '').trim();
  return `${where}\n${message.replace(/^/gm, '  ')}`;
}
