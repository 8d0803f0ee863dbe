import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { UsageError } from '../usage-error.ts';
import type { FileText } from './keeper.ts';

/** A file as it will be, and as it was when the change was worked out. */
export interface FileChange extends FileText {
  readonly before: string | undefined;
}

/** Text of a file of the repository, or undefined when there is none. */
export function readFile(repository: string, path: string): string | undefined {
  const file = join(repository, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/**
 * Writes files of a repository: all of them whole, or none. Each is made beside its place and then put there, so that no
 * file is ever half written. They hold ciphertext and public text only.
 *
 * @throws UsageError when a file is not any more what the change was worked out from, or a link leads out of the repository
 */
export function writeFiles(repository: string, changes: readonly FileChange[]): void {
  const made: { readonly temporary: string; readonly file: string }[] = [];
  try {
    for (const { path, text, before } of changes) {
      if (text === before) continue;
      const file = join(repository, path);
      mkdirSync(dirname(file), { recursive: true });
      if (!`${realpathSync(dirname(file))}${sep}`.startsWith(`${realpathSync(repository)}${sep}`))
        throw new UsageError(`${path} is a link that leads out of the repository; nothing was changed`);
      const temporary = join(dirname(file), `.chitin-${randomBytes(8).toString('hex')}.tmp`);
      made.push({ temporary, file });
      writeFileSync(temporary, text, { flag: 'wx' });
    }
    for (const { path, before } of changes)
      if (readFile(repository, path) !== before)
        throw new UsageError(`${path} was changed by somebody else meanwhile; nothing was changed. Run it again.`);
    for (const { temporary, file } of made) renameSync(temporary, file);
  } finally {
    for (const { temporary } of made) rmSync(temporary, { force: true });
  }
}
