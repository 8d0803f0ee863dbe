import type { ClusterFacts } from '../facts.ts';
import type { Finding, Problem } from '../problem.ts';
import type { SecretNeed } from '../secrets/secret.ts';

/** A Secret that the program reads as files, mounted read-only. */
export interface Credential {
  readonly need: SecretNeed;
  /** Absolute path of the folder; each key of the Secret is a file in it. */
  readonly folder: string;
  /** Environment variables that tell programs where the files are. */
  readonly env: Readonly<Record<string, string>>;
  /** What a reviewer should know of it. */
  readonly findings: readonly Finding[];
  problems(cluster: ClusterFacts): readonly Problem[];
}
