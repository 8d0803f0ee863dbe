import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

/** This repository. */
export const repository = resolve(import.meta.dirname, '../..');

/** A copy of apps, clusters and skills that a test may change; the library and the command line are the real ones. */
export function copyRepository(): string {
  const copy = mkdtempSync(join(tmpdir(), 'chitin-copy-'));
  for (const part of ['apps', 'clusters', 'skills'])
    cpSync(join(repository, part), join(copy, part), { recursive: true });
  for (const part of ['constructs', 'scripts', 'node_modules']) symlinkSync(join(repository, part), join(copy, part));
  return copy;
}

/** Runs the command line, as its own process. */
export async function chitin(cwd: string, ...args: readonly string[]) {
  const options = { cwd, preferLocal: true, localDir: repository, reject: false, all: true } as const;
  const { exitCode, stdout, stderr, all } = await execa(
    'node',
    [join(repository, 'scripts/chitin.ts'), ...args],
    options,
  );
  return { exitCode, stdout, stderr, all };
}

/** Replaces text in a file, which must hold it; returns what undoes it. */
export function edit(file: string, from: string, to: string): () => void {
  const before = readFileSync(file, 'utf8');
  if (!before.includes(from)) throw new Error(`${file} does not hold ${from}`);
  writeFileSync(file, before.replace(from, to));
  return () => writeFileSync(file, before);
}
