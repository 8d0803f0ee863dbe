import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A program to measure: Node with these arguments. */
export interface Program {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** One run of a process, from its start to its end. */
export interface Sample {
  readonly ms: number;
  /** Largest resident set, in 10^6 bytes. */
  readonly peakMb: number;
  readonly stdout: string;
}

/**
 * Tells the largest resident set through a pipe, since `spawn` does not. Linux hands a parent's peak down to what it
 * starts, so this process has to stay smaller than what it measures: it imports nothing that is rendered.
 */
const preload = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));",
)}`;

/** Runs a program once. Throws what it said when it fails. */
export function run({ args, cwd, env }: Program): Sample {
  const start = performance.now();
  const { status, output, error } = spawnSync(process.execPath, ['--import', preload, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const ms = performance.now() - start;
  const [, stdout = '', stderr = '', kibibytes = ''] = (output ?? []).map((text) => text ?? '');
  if (status !== 0) throw error ?? new Error(`${args.join(' ')} ended with ${status}:\n${stderr}${stdout}`);
  return { ms, peakMb: (Number(kibibytes) * 1024) / 1e6, stdout };
}

/** Files and folders below a folder, each with its inode and the time of its last change: equal when nothing was written. */
export function footprint(folder: string): Map<string, string> {
  const paths = [
    folder,
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  ];
  return new Map(
    paths.map((path) => {
      const { ino, ctimeNs, mtimeNs } = statSync(path, { bigint: true });
      return [path, `${ino} ${ctimeNs} ${mtimeNs}`];
    }),
  );
}

/** Paths of what is new, gone or written between two footprints of a folder, relative to it, sorted. */
export function touched(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const [folder = ''] = after.keys();
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => relative(folder, path))
    .sort();
}

/** How many files are below a folder. */
export function countFiles(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}

/** The value in the middle, or the mean of the two that are. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
