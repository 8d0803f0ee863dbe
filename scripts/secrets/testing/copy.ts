import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { copyRepository, repository } from '../../testing/repository-copy.ts';

/** A copy of the repository whose cluster `lab` has no secret yet, and an age key that was made for it. */
export interface Copy {
  readonly folder: string;
  /** File with the private key. */
  readonly keyFile: string;
  readonly recipient: string;
  readonly run: Run;
  /** Text of a file of the copy. */
  read(path: string): string;
}

/** How a command is run. */
export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

export type Run = (
  args: readonly string[],
  options?: RunOptions,
) => Promise<{ readonly exitCode: number | undefined; readonly stdout: string; readonly stderr: string }>;

/** Makes one, which is gone after the test. */
export async function labCopy(): Promise<Copy> {
  const folder = copyRepository();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  const keyFile = join(folder, 'lab.agekey');
  writeFileSync(keyFile, `${identity}\n`, { mode: 0o600 });
  const source = join(folder, 'clusters/lab/cluster.ts');
  writeFileSync(source, readFileSync(source, 'utf8').replace(/age1[0-9a-z]{58}/, recipient));
  rmSync(join(folder, 'clusters/lab/secrets'), { recursive: true });
  return {
    folder,
    keyFile,
    recipient,
    run: runIn(folder),
    read: (path) => readFileSync(join(folder, path), 'utf8'),
  };
}

/** The command line itself. */
export const chitinProgram = join(repository, 'scripts/chitin.ts');

/** Runs `chitin secrets` in a folder, with the embedded sops, and no private key but one that `env` names. */
export function runIn(folder: string): Run {
  return async (args, { input, env } = {}) => {
    const { exitCode, stdout, stderr } = await execa('node', [chitinProgram, 'secrets', ...args], {
      cwd: folder,
      preferLocal: true,
      localDir: repository,
      reject: false,
      input: input ?? '',
      stripFinalNewline: false,
      env: { CHITIN_SOPS: 'embedded', SOPS_AGE_KEY_FILE: undefined, SOPS_AGE_KEY: undefined, HOME: folder, ...env },
    });
    return { exitCode, stdout, stderr };
  };
}

/**
 * Puts a stand-in for a program into a folder, which is then to be first on the PATH: it writes its arguments, its environment
 * and its input into files beside it, and ends well or with `status`.
 */
export function standIn(folder: string, name: string, status: string): { readonly calls: () => Call[] } {
  mkdirSync(folder, { recursive: true });
  const record = join(folder, `${name}.jsonl`);
  const script = `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
const argv = process.argv.slice(2);
const input = process.stdin.isTTY ? '' : readFileSync(0);
appendFileSync(${JSON.stringify(record)}, JSON.stringify({ argv, env: process.env, input: String(input) }) + '\\n');
process.exitCode = ${status};
`;
  writeFileSync(join(folder, name), script);
  chmodSync(join(folder, name), 0o755);
  return {
    calls: () =>
      readFileSync(record, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Call),
  };
}

/** What a stand-in was started with. */
export interface Call {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}
