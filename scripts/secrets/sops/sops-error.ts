import type { Problem } from '../../../constructs/problem.ts';
import { UsageError } from '../../usage-error.ts';

/**
 * Why a file cannot be made, read or changed.
 *
 * - `unsupported`: sops may open it, and this implementation does not
 * - `damaged`: it is not what sops writes, or a ciphertext does not open
 * - `mac`: every value opens, and the whole is not what was encrypted
 * - `identity`: no private key is at hand, or none that opens it
 * - `recipient`: a recipient is none, or not one of the cluster's
 * - `value`: a name or a value that a Secret cannot hold
 * - `program`: the sops program is not there, or failed for a reason of its own
 */
export type SopsErrorKind = 'unsupported' | 'damaged' | 'mac' | 'identity' | 'recipient' | 'value' | 'program';

/** What a person can do something about. It names files, keys and recipients, and never quotes a value. */
export class SopsError extends UsageError {
  readonly kind: SopsErrorKind;
  readonly problem: Problem;

  constructor(kind: SopsErrorKind, problem: Problem) {
    super([problem.message, problem.why, problem.help].filter((part) => part !== undefined).join('\n'));
    this.name = 'SopsError';
    this.kind = kind;
    this.problem = problem;
  }
}
