import type { ClusterFacts } from '../facts.ts';
import type { Problem } from '../problem.ts';
import type { SecretNeed } from '../secrets/secret.ts';

/** A Secret that the program reads as files, mounted read-only. */
export interface Credential {
  readonly need: SecretNeed;
  /** Absolute path of the folder; each key of the Secret is a file in it. */
  readonly folder: string;
  /** Environment variables that tell programs where the files are. */
  readonly env: Readonly<Record<string, string>>;
  /** Why the agent holds it, for the reviewer. */
  readonly because?: string | undefined;
  problems(cluster: ClusterFacts): readonly Problem[];
}
