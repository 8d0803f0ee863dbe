import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { filesOf } from './package-files.ts';

/** Packages that the files of a folder import, in code and in declarations: name to the first file that does. */
export function importedPackages(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of filesOf(folder).filter((each) => /\.(js|d\.ts)$/.test(each))) {
    for (const [, specifier = ''] of readFileSync(join(folder, file), 'utf8').matchAll(specifiers)) {
      if (specifier.startsWith('.') || isBuiltin(specifier)) continue;
      const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
      if (!found.has(name)) found.set(name, file);
    }
  }
  return found;
}

/** Statements stand at the start of a line, and prose may hold the same words. */
const specifiers =
  /(?:^import |^(?:import|export) [^;'"]* from |\bimport\(|\bcreateRequire\(import\.meta\.url\)\()['"]([^'"\n$]+)['"]/gm;
