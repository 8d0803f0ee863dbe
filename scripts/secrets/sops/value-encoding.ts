import type { Values } from '../keeper.ts';
import type { ValueField } from './secret-document.ts';
import { SopsError } from './sops-error.ts';

/** Bytes that all values of a Secret may have together (`MaxSecretSize` of Kubernetes 1.36). */
const maxSecretSize = 1024 * 1024;

/** A value as it is encrypted. */
export interface EncodedValue {
  readonly field: ValueField;
  readonly bytes: Uint8Array;
}

/**
 * Text goes into `stringData` byte for byte: line ends (CRLF too) and a last newline, or none, stay as they are. Other bytes
 * go into `data` as base64: what is not UTF-8, has a NUL, or is lines of which the first begins with a tab, which sops and
 * Flux write in YAML so that nobody reads them again (tried with sops 3.13.3 and kubectl).
 */
export function encodeValue(bytes: Uint8Array): EncodedValue {
  if (isText(bytes)) return { field: 'stringData', bytes };
  return { field: 'data', bytes: Buffer.from(Buffer.from(bytes).toString('base64')) };
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return !(text.startsWith('\t') && text.includes('\n'));
  } catch {
    return false;
  }
}

/** @throws SopsError for a key or a size that the API server refuses; it quotes no value */
export function requireSecretValues(path: string, values: Values): void {
  for (const key of values.keys()) {
    if (/^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && !key.startsWith('..')) continue;
    throw new SopsError('value', {
      // Not which: a value may have been given in its place.
      message: `${path}: a key was given that no Secret can have`,
      why: 'A key is up to 253 letters, digits, dots, dashes and underscores, is not "." and does not begin with "..".',
      help: 'Choose another key.',
    });
  }
  const sizes = [...values].map(([key, { length }]) => ({ key, length }));
  const total = sizes.reduce((sum, { length }) => sum + length, 0);
  if (total <= maxSecretSize) return;
  const largest = sizes.toSorted((a, b) => b.length - a.length)[0];
  throw new SopsError('value', {
    message: `${path}: the values have ${total} bytes together, and a Secret holds ${maxSecretSize} at most`,
    why: `The API server would refuse it. The largest is ${largest?.key}, with ${largest?.length}.`,
    help: 'Keep what is that large in a volume, or spread it over several Secrets.',
  });
}
