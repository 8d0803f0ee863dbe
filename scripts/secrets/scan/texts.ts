import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../../usage-error.ts';

/** A text to look at. */
export interface Text {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Number in its file of each line of the text; the text is a whole file when there is none. */
  readonly lines?: readonly number[];
  /** The commit that it is from, in a range. */
  readonly commit?: string;
}

/** Texts, and what was not looked at. */
export interface Texts {
  readonly texts: readonly Text[];
  readonly skipped: readonly string[];
}

/** Larger files are no configuration: ConfigMaps and Secrets end at 1 MiB. */
const largest = 8 * 1024 * 1024;

/**
 * The files below some paths, in a fixed order. Links are not followed: what they lead to is looked at where it is.
 *
 * @param paths absolute
 * @throws UsageError when a path is not there
 */
export function textsBelow(repository: string, paths: readonly string[]): Texts {
  const texts: Text[] = [];
  const skipped: string[] = [];
  for (const file of new Set(paths.flatMap(filesBelow))) {
    const path = relative(repository, file).split(sep).join('/');
    if (lstatSync(file).size > largest) {
      skipped.push(`${path}: larger than 8 MiB`);
      continue;
    }
    const bytes = readFileSync(file);
    // As git tells binary files: a NUL in the first 8,000 bytes.
    if (bytes.subarray(0, 8000).includes(0)) skipped.push(`${path}: binary`);
    else texts.push({ path, text: bytes.toString('utf8') });
  }
  return { texts, skipped };
}

function filesBelow(path: string): string[] {
  let entries: Dirent[];
  try {
    const { isFile, isDirectory } = kindOf(path);
    if (isFile) return [path];
    if (!isDirectory) return [];
    entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new UsageError('secrets scan: one of the paths is not there');
    throw error;
  }
  return entries
    .filter(({ name }) => name !== 'node_modules' && name !== '.git')
    .flatMap((entry) => {
      const inside = resolve(path, entry.name);
      if (entry.isDirectory()) return filesBelow(inside);
      return entry.isFile() ? [inside] : [];
    });
}

function kindOf(path: string): { readonly isFile: boolean; readonly isDirectory: boolean } {
  const stats = lstatSync(path);
  return { isFile: stats.isFile(), isDirectory: stats.isDirectory() };
}

/** What is looked at when nothing is said: what is applied, and what it is made from. */
const defaultFolders = ['apps', 'clusters', 'dist', 'skills'];

/** The folders of a repository that are looked at when nothing is said. */
export function defaultPaths(repository: string): string[] {
  return defaultFolders.map((name) => join(repository, name)).filter((path) => existsSync(path));
}

/** Whether a file is, or would be, in one of them. */
export function isDefaultPath(path: string): boolean {
  return defaultFolders.some((folder) => path.startsWith(`${folder}/`));
}
