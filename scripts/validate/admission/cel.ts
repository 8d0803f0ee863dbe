import { createRequire } from 'node:module';

/** A parsed CEL expression. Throws when it cannot be evaluated with these values. */
export type Expression = (values: Readonly<Record<string, unknown>>) => unknown;

type Library = typeof import('@marcbachmann/cel-js');

let environment: InstanceType<Library['Environment']> | undefined;
const known = new Map<string, Expression | undefined>();

/** What is another thing in a regular expression of JavaScript than in one of RE2: classes in brackets, and escapes of letters. */
const otherDialect = /\[:\^?[a-z]+:\]|\\[aACEQpPxz]/;

/**
 * Parses an expression; the same text once, since policies of one author share much of it.
 *
 * @returns undefined when the library cannot read it as the API server does: it has not every function, and takes regular
 *   expressions for JavaScript's
 */
export function parseCel(text: string): Expression | undefined {
  if (!known.has(text)) known.set(text, parse(text));
  return known.get(text);
}

function parse(text: string): Expression | undefined {
  if (text.includes('matches(') && otherDialect.test(text)) return undefined;
  environment ??= newEnvironment();
  try {
    return environment.parse(text);
  } catch {
    return undefined;
  }
}

function newEnvironment(): InstanceType<Library['Environment']> {
  // Loading it costs more than everything else here, and most sets of manifests have no policy.
  const { Environment } = createRequire(import.meta.url)('@marcbachmann/cel-js') as Library;
  return new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
}

/**
 * JSON as the API server hands it to CEL: whole numbers are integers, and a field that is null is not there. Objects are Maps,
 * since a key may be called `constructor` or `__proto__`.
 */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(celValue);
  const map = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value))
    if (item !== null && item !== undefined) map.set(key, celValue(item));
  return map;
}
