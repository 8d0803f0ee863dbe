import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** A path that a model may not use; the message says why. */
export class PathError extends Error {
  constructor(path: string, why: string) {
    super(`${JSON.stringify(path)} ${why}`);
    this.name = 'PathError';
  }
}

/** The parts of a relative path; none for the folder itself. */
export function segments(path: string): string[] {
  if (path.includes('\0') || path.length > 1024) throw new PathError(path.slice(0, 80), 'is not a path');
  if (path.startsWith('/')) throw new PathError(path, 'is absolute: paths are relative to the workspace');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new PathError(path, 'leaves the workspace');
  return parts;
}

/**
 * Opens a folder below `root`, one part after the other, none of which may be a symbolic link. What is opened is below
 * the folder that was opened before it, so nobody can swap a part meanwhile: Linux resolves `/proc/self/fd/N/part` like
 * `openat`. Elsewhere the check is by `realpath`, which is enough for a developer's machine.
 */
export async function openFolder(root: string, parts: readonly string[], { make = false } = {}): Promise<Folder> {
  let folder = new Folder(await open(root, constants.O_RDONLY | constants.O_DIRECTORY), await realpath(root));
  for (const part of parts) {
    const parent = folder;
    try {
      if (make) await mkdir(parent.at(part), { mode: 0o755 }).catch(ignore('EEXIST'));
      folder = new Folder(
        await openChild(parent, part, constants.O_RDONLY | constants.O_DIRECTORY),
        join(parent.path, part),
      );
    } finally {
      await parent.close();
    }
  }
  return folder;
}

export class Folder {
  readonly handle: FileHandle;
  readonly path: string;
  constructor(handle: FileHandle, path: string) {
    this.handle = handle;
    this.path = path;
  }

  /** A path that leads to `name` in this very folder, even when the folder was moved. */
  at(name: string): string {
    return process.platform === 'linux' ? `/proc/self/fd/${this.handle.fd}/${name}` : join(this.path, name);
  }

  /** The folder's own path for calls that take one, as `readdir`. */
  get self(): string {
    return process.platform === 'linux' ? `/proc/self/fd/${this.handle.fd}` : this.path;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** Opens what is in a folder; a symbolic link is refused. */
export async function openChild(folder: Folder, name: string, flags: number, mode?: number): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // Without O_NONBLOCK a named pipe would never open.
    handle = await open(folder.at(name), flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PathError(
      name,
      { ENOENT: 'does not exist', ELOOP: 'is a symbolic link', ENOTDIR: 'is not a folder, or is a symbolic link' }[
        code ?? ''
      ] ?? `cannot be opened: ${code}`,
    );
  }
  const expected = join(folder.path, name);
  const actual = process.platform === 'linux' ? await readlink(`/proc/self/fd/${handle.fd}`) : await realpath(expected);
  if (actual !== expected) {
    await handle.close();
    throw new PathError(name, 'is not where it seems to be');
  }
  return handle;
}

export function ignore(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  };
}
