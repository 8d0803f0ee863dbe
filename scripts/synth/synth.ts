import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { clusterOutput, type Shown } from './cluster-output.ts';
import { clusterNames } from './clusters.ts';
import { type Changes, compare, write } from './dist.ts';

/** What to render, and where to. */
export interface SynthOptions {
  /** Absolute path of the repository. */
  readonly repository: string;
  /** Absolute path of the output folder. */
  readonly out: string;
  /** Clusters to render; empty for all, which also removes what is left of clusters that are gone. */
  readonly clusters: readonly string[];
  /** Write nothing. */
  readonly check: boolean;
  /** Findings that nobody accepted fail the run. */
  readonly strict: boolean;
}

/** The outcome of a run. */
export interface SynthResult {
  readonly clusters: readonly { readonly name: string; readonly objects: number; readonly apps: number }[];
  /** Everything that is wrong; nothing was written when there is any. */
  readonly errors: readonly Shown[];
  readonly findings: readonly Shown[];
  readonly accepted: number;
  readonly changes?: Changes | undefined;
}

/** Renders clusters into the output folder. On any error nothing is written for any cluster. */
export async function synth(options: SynthOptions): Promise<SynthResult> {
  const { repository, out } = options;
  const names = options.clusters.length > 0 ? [...new Set(options.clusters)].sort() : clusterNames(repository);
  const outputs = [];
  for (const name of names) outputs.push(await clusterOutput(repository, name));
  const result: SynthResult = {
    clusters: outputs.map(({ name, files, apps }) => ({ name, objects: files.size, apps })),
    errors: outputs.flatMap(({ errors }) => errors),
    findings: outputs.flatMap(({ findings }) => findings),
    accepted: outputs.reduce((sum, { accepted }) => sum + accepted, 0),
  };
  if (result.errors.length > 0 || (options.strict && result.findings.length > 0)) return result;
  const files = new Map(outputs.flatMap((output) => [...output.files]));
  // Only the repository's own dist is ours to clean of clusters that are gone.
  const whole = options.clusters.length === 0 && out === join(repository, 'dist');
  const folders = whole ? [...new Set([...names, ...foldersOf(out)])] : names;
  const changes = compare(out, folders, files);
  if (changes.blocked.length > 0) return { ...result, errors: changes.blocked.map(blocked) };
  if (!options.check) write(out, folders, files, changes);
  return { ...result, changes };
}

function blocked(file: string): Shown {
  const message = 'this file is not generated, and a generated one belongs here';
  const help = 'Move it away.';
  return { cluster: file.slice(0, file.indexOf('/')), file, message, help, text: `${file}\n  ${message}\n  ${help}` };
}

function foldersOf(out: string): string[] {
  try {
    return readdirSync(out, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
