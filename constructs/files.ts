import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Text files below a folder: relative path with forward slashes to content, in a fixed order. */
export interface TextFolder {
  readonly files: Readonly<Record<string, string>>;
  /** Files that are not UTF-8 text; a ConfigMap's `data` cannot carry them. */
  readonly binary: readonly string[];
  /** What is neither a file nor a folder, such as a link: following it would copy what is outside the folder. */
  readonly special: readonly string[];
}

/** Reads a folder; undefined when there is none. */
export function readTextFolder(folder: string): TextFolder | undefined {
  const files: Record<string, string> = {};
  const binary: string[] = [];
  const special: string[] = [];
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const read = (prefix: string): boolean => {
    const entries = entriesOf(join(folder, prefix));
    for (const entry of entries ?? []) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) read(path);
      else if (!entry.isFile()) special.push(path);
      else {
        try {
          files[path] = decoder.decode(readFileSync(join(folder, path)));
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
          binary.push(path);
        }
      }
    }
    return entries !== undefined;
  };
  return read('') ? { files, binary, special } : undefined;
}

/** Names of the folders in a folder, in a fixed order; none when it is missing. */
export function folderNames(folder: string): string[] {
  return (entriesOf(folder) ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
