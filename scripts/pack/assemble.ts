import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, entry } from './compile.ts';
import { importedPackages } from './imports.ts';
import { packageManifest } from './manifest.ts';
import { bringModelTypes } from './model-types.ts';
import { filesOf, reachableDeclarations, repository } from './package-files.ts';

/**
 * Makes the published package as a folder.
 *
 * @param folder an empty folder
 * @throws when the sources do not compile, import what is no dependency, or read a file in a way that is not known
 */
export function assemble(folder: string): void {
  compile(folder);
  bringModelTypes(folder, [...reachableDeclarations(folder, entry)]);
  const root = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  const manifest = packageManifest(root, importedPackages(folder));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(repository, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(join(import.meta.dirname, 'README.md'), join(folder, 'README.md'));
  // Modes are packed too, and would tell the umask of whoever packs.
  for (const file of filesOf(folder)) chmodSync(join(folder, file), 0o644);
}
