import { celValue, type Expression, parseCel } from './cel.ts';
import type { Subject } from './match.ts';
import type { Policy, Variable } from './policy.ts';

/** What CEL sees of a request. */
export type Request = Readonly<Record<string, unknown>>;

/** The request that creates an object. Who makes it is not known. */
export function creationOf({ object, group, version, resource }: Subject): Request {
  const { name, namespace } = object.metadata;
  return {
    object: celValue(object),
    oldObject: null,
    request: {
      operation: 'CREATE',
      kind: { group, version, kind: object.kind },
      resource: { group, version, resource },
      name,
      ...(namespace === undefined ? {} : { namespace }),
    },
  };
}

/**
 * The messages with which the API server would refuse a request, one per validation (it says only the first it comes to).
 * What gives an error here is not judged: it may have a value there that is not in the manifest.
 */
export function refusals(policy: Policy, request: Request): string[] {
  const values = { ...request, variables: lazily(policy.variables, request) };
  if (!policy.conditions.every((condition) => attempt(condition, values) === true)) return [];
  return policy.validations
    .filter(({ holds }) => attempt(holds, values) === false)
    .map(({ messageExpression, message }) => {
      const sentence = messageExpression === undefined ? undefined : parseCel(messageExpression);
      return oneLine(sentence && attempt(sentence, values)) ?? message;
    });
}

/** Variables that are evaluated when they are first read, each once. */
function lazily(variables: readonly Variable[], request: Request): object {
  const known = {};
  for (const { name, value } of variables) {
    Object.defineProperty(known, name, {
      configurable: true,
      get: () => {
        const found = value({ ...request, variables: known });
        Object.defineProperty(known, name, { value: found });
        return found;
      },
    });
  }
  return known;
}

function attempt(expression: Expression, values: Request): unknown {
  try {
    return expression(values);
  } catch {
    return undefined;
  }
}

/** A message as the API server takes it (apiserver 0.36, admission/plugin/policy/validating/validator.go): one line, 5 KiB. */
function oneLine(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = value.trim();
  return line === '' || line.includes('\n') || Buffer.byteLength(line) > 5 * 1024 ? undefined : line;
}
