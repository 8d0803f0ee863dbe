import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { defineTool, type Toolbox } from './tool.ts';
import { type Folder, openChild, openFolder, PathError, segments } from './workspace.ts';

const readLimit = 262_144;
const writeLimit = 262_144;
const folderLimit = 67_108_864;
const countLimit = 2000;
const listLimit = 500;

/**
 * Files of the workspace: all may be read, those below one folder may be written. Skills, AGENTS.md and whatever else
 * steers the agent are outside of that folder.
 */
export async function openFiles(workspace: string, { write }: { write: string }): Promise<Toolbox> {
  await mkdir(join(workspace, write), { recursive: true });
  const path = z.string().describe('Relative to the workspace.');

  const read = defineTool({
    name: 'file_read',
    description: 'Reads a text file of the workspace.',
    source: 'file',
    input: z.strictObject({ path, offset: z.int().min(0).default(0).describe('First byte.') }),
    run: async ({ path, offset }) => {
      const parts = segments(path);
      const name = parts.pop();
      if (name === undefined) throw new PathError(path, 'is a folder');
      return within(workspace, parts, {}, async (folder) => {
        const file = await openChild(folder, name, constants.O_RDONLY);
        try {
          const status = await file.stat();
          if (!status.isFile()) throw new PathError(path, 'is not a file');
          const buffer = Buffer.alloc(Math.min(readLimit, Math.max(0, status.size - offset)));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
          const rest = status.size - offset - bytesRead;
          return (
            buffer.toString('utf8', 0, bytesRead) +
            (rest > 0 ? `\n[… ${rest} more bytes, from offset ${offset + bytesRead} …]` : '')
          );
        } finally {
          await file.close();
        }
      });
    },
  });

  const list = defineTool({
    name: 'file_list',
    description: 'Lists a folder of the workspace; folders end in a slash.',
    source: 'file',
    input: z.strictObject({ path: path.default('') }),
    run: ({ path }) =>
      within(workspace, segments(path), {}, async (folder) => {
        const entries = await readdir(folder.self, { withFileTypes: true });
        const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted();
        return (
          [
            ...names.slice(0, listLimit),
            ...(names.length > listLimit ? [`[… ${names.length - listLimit} more …]`] : []),
          ].join('\n') || '(empty)'
        );
      }),
  });

  const store = defineTool({
    name: 'file_write',
    description: `Writes a text file below ${write}/ in the workspace, in place of what is there.`,
    input: z.strictObject({ path, text: z.string() }),
    run: async ({ path, text }) => {
      const parts = segments(path);
      const name = parts.pop();
      if (name === undefined || parts[0] !== write)
        throw new PathError(path, `cannot be written: only files below ${write}/ can`);
      const bytes = Buffer.byteLength(text);
      if (bytes > writeLimit) throw new Error(`the text has ${bytes} bytes, more than ${writeLimit}`);
      const used = await usage(join(workspace, write));
      if (used.bytes + bytes > folderLimit || used.count >= countLimit)
        throw new Error(`${write}/ is full: ${used.count} files, ${used.bytes} bytes`);
      return within(workspace, parts, { make: true }, async (folder) => {
        const present = await lstat(folder.at(name)).catch(() => undefined);
        if (present !== undefined && !present.isFile()) throw new PathError(path, 'is not a file');
        const temporary = `.${randomUUID()}.tmp`;
        const file = await openChild(
          folder,
          temporary,
          constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
          0o644,
        );
        try {
          await file.writeFile(text);
          await file.sync();
          await rename(folder.at(temporary), folder.at(name));
        } catch (error) {
          await unlink(folder.at(temporary)).catch(() => {});
          throw error;
        } finally {
          await file.close();
        }
        return `${bytes} bytes written`;
      });
    },
  });

  return { tools: () => [read, list, store] };
}

async function within<T>(
  root: string,
  parts: readonly string[],
  options: { make?: boolean },
  work: (folder: Folder) => Promise<T>,
): Promise<T> {
  const folder = await openFolder(root, parts, options);
  try {
    return await work(folder);
  } finally {
    await folder.close();
  }
}

async function usage(dir: string): Promise<{ bytes: number; count: number }> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries.map((entry) =>
      lstat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), count: entries.length };
}
