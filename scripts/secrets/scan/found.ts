import { createHash } from 'node:crypto';

/** A place where a rule sees what is or may be a secret. The value itself stays here and is never shown. */
export interface Found {
  /** Identifier of the rule, kebab-case; an allow-list names it. */
  readonly id: string;
  /** Line, from 1. */
  readonly line: number;
  readonly value: string;
  /** The field that holds it, where the file is a Kubernetes object: `Secret demo/bot data.token`. */
  readonly field?: string | undefined;
}

/** What is shown of a value: the characters that say of which kind it is. */
export function masked(value: string): string {
  return `${value.slice(0, 4).replace(/[^\x21-\x7e]/g, '?')}…`;
}

/** How an allow-list names a value that was found: shapes of tokens have too many possible values to be guessed from it. */
export function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 32);
}
