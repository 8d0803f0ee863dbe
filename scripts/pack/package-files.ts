import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, resolve } from 'node:path';

/** This repository. */
export const repository = resolve(import.meta.dirname, '../..');

/** Files below a folder, with forward slashes, sorted. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** The declaration files that one of them leads to, by way of all, with itself. */
export function reachableDeclarations(folder: string, entry: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(entry)) return found;
  found.add(entry);
  for (const [, path = ''] of readFileSync(join(folder, entry), 'utf8').matchAll(
    /(?:from |import\()'(\.[^']+)\.[jt]s'/g,
  )) {
    reachableDeclarations(folder, `${posix.join(posix.dirname(entry), path)}.d.ts`, found);
  }
  return found;
}
