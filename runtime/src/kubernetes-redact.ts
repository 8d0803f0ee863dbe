import { stripVTControlCharacters } from 'node:util';
import { redact } from './secrets.ts';
import { clip } from './untrusted.ts';

const hidden = '[redacted]';
const stringLimit = 2000;

// The end of a name decides: `password` is a value, `passwordSecretRef` and `secretName` say where one is.
const telling =
  /(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|webhook[-_]?path)$/i;
const assignment =
  /((?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?)\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,;&]{3,}/gi;
const userinfo = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi;
// ConfigMap, Secret, SealedSecret.
const content = new Set(['data', 'stringData', 'binaryData', 'encryptedData']);
// Variables for a program, for Flux's substitution, and what a chart is given: passwords end up in all of them.
const variables = /^(?:values|substitute|(?:.*[a-z_-])?env(?:ironment)?(?:vars?|variables)?)$/i;

/** Text of the cluster, logs first of all, without what looks like a credential, whichever program wrote it. */
export function redactText(text: string): string {
  return redact(stripVTControlCharacters(text)).replace(userinfo, `$1${hidden}@`).replace(assignment, `$1${hidden}`);
}

/**
 * What is left of an object for a model to read: no managed fields, no copy of the last applied object, no literal
 * values of environment variables, charts and ConfigMaps, and no string under a name that tells of a credential.
 */
export function redactObject(object: Record<string, unknown>): unknown {
  return walk(object, '');
}

function walk(value: unknown, name: string): unknown {
  if (typeof value === 'string') return telling.test(name) ? hidden : clip(redactText(value), stringLimit);
  if (Array.isArray(value)) return variables.test(name) ? value.map(variable) : list(value, name);
  if (typeof value !== 'object' || value === null) return value;
  if (content.has(name)) return entries(value, (_key, inner) => `[${size(inner)} bytes]`);
  if (variables.test(name)) return leaves(value);
  // `{name: DB_PASSWORD, value: …}` wherever it is.
  const pair = 'name' in value && typeof value.name === 'string' && telling.test(value.name);
  return entries(value, (key, inner) => {
    if (key === 'managedFields' || key === 'kubectl.kubernetes.io/last-applied-configuration') return undefined;
    if (pair && key === 'value') return hidden;
    return walk(inner, key);
  });
}

/** `['--token', 'x']`: the word after a flag that tells of a credential. */
function list(items: readonly unknown[], name: string): unknown[] {
  return items.map((item, index) => {
    const before = items[index - 1];
    const flagged = typeof before === 'string' && before.startsWith('-') && telling.test(before);
    return typeof item === 'string' && flagged ? hidden : walk(item, name);
  });
}

/** An entry of `env`: the literal value goes, the reference to where a value comes from stays. */
function variable(item: unknown): unknown {
  if (typeof item === 'string') return item.replace(/=[\s\S]*/, `=${hidden}`);
  if (typeof item !== 'object' || item === null) return item;
  return entries(item, (key, inner) => (key === 'value' ? hidden : walk(inner, key)));
}

function leaves(value: unknown): unknown {
  if (typeof value === 'string') return hidden;
  if (Array.isArray(value)) return value.map(leaves);
  return typeof value === 'object' && value !== null ? entries(value, (_key, inner) => leaves(inner)) : value;
}

function entries(object: object, change: (key: string, value: unknown) => unknown): object {
  return Object.fromEntries(
    Object.entries(object)
      .map(([key, value]) => [key, change(key, value)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

function size(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}
