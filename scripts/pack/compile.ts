import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { filesOf, reachableDeclarations, repository } from './package-files.ts';

/** Declarations of what can be imported from the package. */
export const entry = 'constructs/index.d.ts';

/**
 * Compiles the library and the command line, with whatever they import and nothing else: Node strips no types below
 * `node_modules`. Declarations that nobody can come to are left out.
 *
 * @param out an empty folder; gets `constructs/` and `scripts/`
 * @throws when the sources have type errors, with the compiler's words
 */
export function compile(out: string): void {
  const compiler = join(repository, 'node_modules/typescript/bin/tsc');
  try {
    const args = [compiler, '-p', join(import.meta.dirname, 'tsconfig.json'), '--outDir', out];
    execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8' });
  } catch (error) {
    throw new Error(`the compiler refused the sources\n${(error as { stdout?: string }).stdout ?? String(error)}`);
  }
  const importable = reachableDeclarations(out, entry);
  for (const file of filesOf(out)) {
    const path = join(out, file);
    if (file.endsWith('.d.ts') && !importable.has(file)) rmSync(path);
    else if (file.endsWith('.d.ts')) writeFileSync(path, withCompiledNames(readFileSync(path, 'utf8')));
    else copyFilesBeside(out, file);
  }
}

/** The compiler rewrites the imports of code, and leaves those of declarations. */
function withCompiledNames(text: string): string {
  return text.replaceAll(/((?:from |import\()'\.{1,2}\/[^']+)\.ts'/g, "$1.js'");
}

/** Ways in which code may use its own place. Another one may read a file that would be missing from the package. */
const beside = /new URL\((['`])([^'`]+)\1, import\.meta\.url\)/g;
const harmless = /createRequire\(import\.meta\.url\)|dirname\(fileURLToPath\(import\.meta\.url\)\)/g;

function copyFilesBeside(out: string, file: string): void {
  const code = readFileSync(join(out, file), 'utf8');
  for (const [, , name = ''] of code.matchAll(beside)) {
    for (const path of matching(posix.join(posix.dirname(file), name))) {
      mkdirSync(join(out, dirname(path)), { recursive: true });
      copyFileSync(join(repository, path), join(out, path));
    }
  }
  const rest = /import\.meta\.\w+/.exec(code.replaceAll(beside, '').replaceAll(harmless, ''));
  if (rest) {
    throw new Error(
      `${file.replace(/\.js$/, '.ts')}: ${rest[0]} is used in a way that is not known here\n` +
        "Read a file by new URL('name', import.meta.url), so that it is found and packed.",
    );
  }
}

/** Files of the repository by a path in whose last part `${…}` stands for any name. */
function matching(path: string): string[] {
  if (!path.includes('${')) return [path];
  const [start = '', end = ''] = posix.basename(path).split(/\$\{\w+\}/);
  return readdirSync(join(repository, posix.dirname(path)))
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .map((name) => posix.join(posix.dirname(path), name));
}
