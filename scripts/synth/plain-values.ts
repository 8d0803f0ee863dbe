import type { Problem } from '../../constructs/problem.ts';
import { member } from '../manifest/json-path.ts';

/**
 * The first value that JSON cannot carry as it is: NaN, infinities, -0, integers that lost digits, functions, dates and
 * other class instances, and undefined or null in a list, which would shift what follows.
 */
export function badValue(value: unknown, path = '$'): Problem | undefined {
  if (typeof value === 'string')
    return value.isWellFormed() ? undefined : bad(path, 'text with a lone surrogate', 'Save its source as UTF-8.');
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return bad(path, String(value), 'Correct the calculation that gives it.');
    if (Object.is(value, -0)) return bad(path, '-0', 'Write 0.');
    return Number.isInteger(value) && !Number.isSafeInteger(value)
      ? bad(path, `the integer ${value}, which lost digits`, 'Write it as text.')
      : undefined;
  }
  if (typeof value === 'function') return bad(path, 'a function', 'Call it.');
  if (typeof value === 'bigint' || typeof value === 'symbol')
    return bad(path, `a ${typeof value}`, 'Write it as text.');
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found =
        item === undefined || item === null
          ? bad(`${path}[${index}]`, `${item} in a list`, 'Leave it out of the list.')
          : badValue(item, `${path}[${index}]`);
      if (found) return found;
    }
    return undefined;
  }
  const type = Object.getPrototypeOf(value)?.constructor?.name ?? 'Object';
  // cdk8s resolves its own tokens later.
  if (type !== 'Object')
    return 'resolve' in value || 'produce' in value
      ? undefined
      : bad(path, `a ${type}`, 'Write it as text or as plain data.');
  for (const [key, item] of Object.entries(value)) {
    const found = badValue(item, member(path, key));
    if (found) return found;
  }
  return undefined;
}

function bad(path: string, what: string, help: string): Problem {
  return { message: `${path} is ${what}`, why: 'It has no form in YAML that the API server would read back.', help };
}
