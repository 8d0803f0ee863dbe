import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The committed ciphertext of a cluster: `<folder>/<namespace>/<name>.yaml`. */
export interface CiphertextStore {
  /** Path as an error shows it: `clusters/lab/secrets/<namespace>/<name>.yaml`. */
  path(namespace: string, name: string): string;
  /** Content of a file, or undefined when there is none. */
  read(namespace: string, name: string): string | undefined;
  /** All files, as namespace and name, in a fixed order. */
  list(): readonly { readonly namespace: string; readonly name: string }[];
  /** Paths of whatever else lies there, which nothing would look at. */
  strays(): readonly string[];
}

/** A store in a folder; a folder that is missing is empty. */
export function folderStore(cluster: string, folder = 'secrets'): CiphertextStore {
  const shown = `${basename(dirname(cluster))}/${basename(cluster)}/${folder}`;
  return {
    path: (namespace, name) => `${shown}/${namespace}/${name}.yaml`,
    read: (namespace, name) => readIfThere(join(cluster, folder, namespace, `${name}.yaml`)),
    list: () =>
      names(join(cluster, folder)).flatMap((namespace) =>
        names(join(cluster, folder, namespace))
          .filter((file) => file.endsWith('.yaml'))
          .map((file) => ({ namespace, name: file.slice(0, -'.yaml'.length) })),
      ),
    strays: () =>
      filesBelow(join(cluster, folder))
        .filter((file) => !/^[^/]+\/[^/]+\.yaml$/.test(file))
        .map((file) => `${shown}/${file}`),
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function filesBelow(folder: string, prefix = ''): string[] {
  try {
    return readdirSync(join(folder, prefix), { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) =>
        entry.isDirectory() ? filesBelow(folder, `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
      );
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
