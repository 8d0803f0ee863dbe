import { fields, items } from './pod-specs.ts';

/** A field that a pattern leads to. */
export interface MatchedField {
  /** JSON path: `$.spec.volumes[1].image`. */
  readonly path: string;
  readonly value: unknown;
}

/** The fields of an object that a pattern leads to: `spec.volumes[*].image`, where `[*]` is every item of a list. Empty ones are none. */
export function matchFields(object: unknown, pattern: string): MatchedField[] {
  const found: MatchedField[] = [];
  follow(object, '$', steps(pattern), 0, found);
  return found;
}

function follow(value: unknown, path: string, steps: readonly Step[], at: number, found: MatchedField[]): void {
  const step = steps[at];
  if (!step) {
    found.push({ path, value });
    return;
  }
  const next = fields(value)[step.key];
  if (step.each) {
    for (const [index, item] of items(next).entries())
      follow(item, `${path}.${step.key}[${index}]`, steps, at + 1, found);
  } else if (!isEmpty(next)) follow(next, `${path}.${step.key}`, steps, at + 1, found);
}

/** A copy of an object without the fields that a pattern leads to and `drop` chooses by value; the order of the rest stays. */
export function withoutFields<T>(object: T, pattern: string, drop: (value: unknown) => boolean): T {
  return without(object, steps(pattern), drop) as T;
}

interface Step {
  readonly key: string;
  readonly each: boolean;
}

/** Patterns come from tables, and are followed in every object. */
const known = new Map<string, readonly Step[]>();

function steps(pattern: string): readonly Step[] {
  const found = known.get(pattern) ?? parse(pattern);
  known.set(pattern, found);
  return found;
}

function parse(pattern: string): Step[] {
  return pattern.split('.').map((step) => {
    const each = step.endsWith('[*]');
    return { key: each ? step.slice(0, -3) : step, each };
  });
}

function without(value: unknown, [step, ...rest]: readonly Step[], drop: (value: unknown) => boolean): unknown {
  if (!step || !(step.key in fields(value))) return value;
  const { [step.key]: next, ...others } = fields(value);
  if (rest.length === 0) return drop(next) ? others : value;
  const changed = step.each ? items(next).map((item) => without(item, rest, drop)) : without(next, rest, drop);
  return { ...fields(value), [step.key]: changed };
}

/** What an API server keeps no trace of: nothing of it can be lost. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
