import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** `TMPFS_MAGIC` of Linux (`include/uapi/linux/magic.h`). */
const tmpfs = 0x01021994;

/**
 * Lets an editor work on a text in a file that exists in memory alone, in a folder that nobody else can enter, and takes both
 * away afterwards, whatever happens.
 *
 * @param place a folder in memory
 * @throws UsageError where there is none: a text with values is never written to a disk
 */
export async function inMemoryFile(
  name: string,
  text: string,
  work: (file: string) => Promise<void>,
  place = '/dev/shm',
): Promise<string> {
  if (!isInMemory(place))
    throw new UsageError(
      `an editor needs a file, and this machine has no ${place} in memory to put it: a value would be written to a disk. chitin secrets set changes one key without a file.`,
    );
  const folder = mkdtempSync(join(place, 'chitin-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const ended = () => {
    remove();
    process.exit(2);
  };
  // The terminal sends Ctrl-C to the editor too, and it decides what that means.
  const stay = () => {};
  process.on('SIGTERM', ended).on('SIGHUP', ended).on('SIGINT', stay);
  try {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
    await work(file);
    return readFileSync(file, 'utf8');
  } finally {
    remove();
    process.off('SIGTERM', ended).off('SIGHUP', ended).off('SIGINT', stay);
  }
}

function isInMemory(place: string): boolean {
  try {
    return statfsSync(place).type === tmpfs;
  } catch {
    return false;
  }
}
