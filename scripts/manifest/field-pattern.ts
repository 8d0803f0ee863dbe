import { fields, items } from './pod-specs.ts';

/** A field that a pattern leads to. */
export interface MatchedField {
  /** JSON path: `$.spec.volumes[1].image`. */
  readonly path: string;
  readonly value: unknown;
}

/** The fields of an object that a pattern leads to: `spec.volumes[*].image`, where `[*]` is every item of a list. Empty ones are none. */
export function matchFields(object: unknown, pattern: string): MatchedField[] {
  return steps(pattern).reduce<MatchedField[]>(
    (found, { key, each }) =>
      found.flatMap(({ path, value }): MatchedField[] => {
        const next = fields(value)[key];
        if (each) return items(next).map((item, index) => ({ path: `${path}.${key}[${index}]`, value: item }));
        return isEmpty(next) ? [] : [{ path: `${path}.${key}`, value: next }];
      }),
    [{ path: '$', value: object }],
  );
}

/** A copy of an object without the fields that a pattern leads to and `drop` chooses by value; the order of the rest stays. */
export function withoutFields<T>(object: T, pattern: string, drop: (value: unknown) => boolean): T {
  return without(object, steps(pattern), drop) as T;
}

interface Step {
  readonly key: string;
  readonly each: boolean;
}

function steps(pattern: string): Step[] {
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
