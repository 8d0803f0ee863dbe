import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../usage-error.ts';
import { hiddenPrompt } from './hidden-prompt.ts';
import { type ReadValue, readValue } from './text-value.ts';

/** Where a value comes from; from the terminal or stdin when nothing is said. */
export interface ValueFlags {
  readonly fromFile?: string;
  readonly fromEnv?: string;
  readonly keepNewline?: true;
}

/** `MaxSecretSize` of Kubernetes (`pkg/apis/core/types.go`): what all values of a Secret may have together. */
export const largestSecret = 1024 * 1024;

/**
 * Reads a value. It exists in this process alone: an environment variable is taken out of what children get.
 *
 * @param shown what it is for, as the prompt says it
 * @throws UsageError when there is none, or it is too large for any Secret
 */
export async function valueFrom(flags: ValueFlags, shown: string): Promise<ReadValue> {
  if (flags.fromFile !== undefined && flags.fromEnv !== undefined)
    throw new UsageError('--from-file and --from-env exclude each other');
  const bytes = await bytesFrom(flags, shown);
  const read = readValue(bytes, flags.keepNewline ?? false);
  if (read.value.length === 0) throw new UsageError('the value is empty; nothing was changed');
  if (read.value.length > largestSecret)
    throw new UsageError('the value has more than 1 MiB, which is all that a Secret may hold; nothing was changed');
  return read;
}

async function bytesFrom({ fromFile, fromEnv }: ValueFlags, shown: string): Promise<Uint8Array> {
  if (fromFile !== undefined) return fileBytes(fromFile);
  if (fromEnv !== undefined) {
    const value = process.env[fromEnv];
    if (value === undefined) throw new UsageError('--from-env: there is no environment variable of that name');
    delete process.env[fromEnv];
    return Buffer.from(value);
  }
  if (process.stdin.isTTY) return Buffer.from(await hiddenPrompt(shown, process.stdin, process.stderr));
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > 2 * largestSecret) break;
  }
  return Buffer.concat(chunks);
}

function fileBytes(file: string): Uint8Array {
  const path = resolve(file);
  // The path is not repeated: somebody may have written the value there.
  const cannot = (why: string) => new UsageError(`--from-file: the file ${why}; nothing was changed`);
  try {
    if (statSync(path).size > 2 * largestSecret)
      throw cannot('has more than 1 MiB, which is all that a Secret may hold');
    return readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw cannot(code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`);
  }
}
