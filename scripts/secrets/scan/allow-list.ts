import { load } from 'js-yaml';
import { type Found, fingerprint } from './found.ts';

/** Where a repository lists what was looked at and is no secret. */
export const allowListFile = 'allowed-secrets.yaml';

/** An entry of the list: one value of one rule, or one field of one object, in one file. */
export interface Allowed {
  readonly rule: string;
  readonly path: string;
  /** Fingerprint of the value. */
  readonly value?: string | undefined;
  /** The field, for a rule that sees fields rather than values. */
  readonly field?: string | undefined;
  readonly reason: string;
}

/** The list, and what is wrong with it. */
export interface AllowList {
  readonly entries: readonly Allowed[];
  readonly errors: readonly string[];
}

/** Reads the list: a YAML list of entries. An entry without a reason allows nothing. */
export function parseAllowList(text: string | undefined): AllowList {
  if (text === undefined) return { entries: [], errors: [] };
  let value: unknown;
  try {
    value = load(text) ?? [];
  } catch {
    value = undefined;
  }
  if (!Array.isArray(value)) return { entries: [], errors: [`${allowListFile}: it is no list in YAML`] };
  const entries: Allowed[] = [];
  const errors: string[] = [];
  for (const [index, item] of value.entries()) {
    const error = entryError(item);
    if (error === undefined) entries.push(item as Allowed);
    else errors.push(`${allowListFile}: entry ${index + 1} ${error}`);
  }
  return { entries, errors };
}

function entryError(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return 'is no mapping';
  const { rule, path, value, field, reason, ...more } = item as Record<string, unknown>;
  if (Object.keys(more).length > 0) return 'has fields other than rule, path, value, field and reason';
  if (typeof rule !== 'string' || typeof path !== 'string') return 'has no rule or no path';
  const named = [value, field].filter((each) => each !== undefined);
  if (named.length !== 1 || typeof named[0] !== 'string') return 'names neither one value nor one field';
  if (value !== undefined && !/^[0-9a-f]{32}$/.test(String(value))) return 'names no fingerprint as its value';
  if (typeof reason !== 'string' || reason.trim() === '') return 'has no reason: say why this is no secret';
  return undefined;
}

/** The entry that would allow a finding, without its reason. */
export function entryFor(path: string, { id, value, field }: Found): Omit<Allowed, 'reason'> {
  return value === '' ? { rule: id, path, field } : { rule: id, path, value: fingerprint(value) };
}

/** Whether an entry allows a finding. */
export function allows(entry: Allowed, path: string, found: Found): boolean {
  const wanted = entryFor(path, found);
  return (
    entry.rule === wanted.rule &&
    entry.path === wanted.path &&
    entry.value === wanted.value &&
    entry.field === wanted.field
  );
}
