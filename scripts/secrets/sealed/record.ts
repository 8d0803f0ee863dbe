import { hash } from 'node:crypto';
import type { SealingScope } from '../../../constructs/secrets/sealing-scope.ts';

/**
 * How a line came to be.
 *
 * - `sealed`: this program had the value, and sealed it
 * - `adopted`: a person said that another program sealed it for that certificate
 * - `re-encrypted`: the controller of that certificate did, from an older ciphertext
 */
export type Origin = 'sealed' | 'adopted' | 're-encrypted';

/** What is known of one sealed value. A ciphertext itself shows neither its key nor its label. */
export interface RecordLine {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly scope: SealingScope;
  /** `keyFingerprint` of the certificate. */
  readonly sealedFor: string;
  /** SHA-256 of the ciphertext as the file holds it (base64), in hexadecimal. Nothing is kept that depends on the value alone. */
  readonly ciphertext: string;
  readonly origin: Origin;
}

/** SHA-256 of a ciphertext in base64, in hexadecimal. */
export function ciphertextHash(sealed: string): string {
  return hash('sha256', sealed);
}

/**
 * The record of a cluster's sealed values: JSON Lines, a line for each value, sorted by namespace, name and key, so that a
 * change touches the lines of its own values only.
 */
export class SealingRecord {
  /** Numbers of the lines that cannot be read, from 1. Formatting leaves them out. */
  readonly unreadable: readonly number[];
  private readonly places: Map<string, readonly RecordLine[]>;

  /** @param text the file; undefined is an empty record */
  constructor(text: string | undefined) {
    const unreadable: number[] = [];
    const places = new Map<string, RecordLine[]>();
    for (const [index, source] of (text ?? '').split('\n').entries()) {
      if (source.trim() === '') continue;
      const line = parseLine(source);
      if (!line) {
        unreadable.push(index + 1);
        continue;
      }
      const at = placeKey(line);
      const list = places.get(at);
      if (list) list.push(line);
      else places.set(at, [line]);
    }
    this.unreadable = unreadable;
    this.places = places;
  }

  /** The lines of a Secret. After a merge a key may have two. */
  of(place: { readonly namespace: string; readonly name: string }): readonly RecordLine[] {
    return this.places.get(placeKey(place)) ?? [];
  }

  /** Replaces the lines of a Secret. */
  put(place: { readonly namespace: string; readonly name: string }, lines: readonly RecordLine[]): void {
    if (lines.length > 0) this.places.set(placeKey(place), lines);
    else this.places.delete(placeKey(place));
  }

  /** The line of a ciphertext under whatever name. */
  find(ciphertext: string): RecordLine | undefined {
    return this.lines().find((line) => line.ciphertext === ciphertext);
  }

  /** All lines, in the order in which they were read and put. */
  lines(): readonly RecordLine[] {
    return [...this.places.values()].flat();
  }

  /** The file's text; empty when there is no line. */
  format(): string {
    const order = (line: RecordLine) => [line.namespace, line.name, line.key, line.ciphertext].join('\0');
    const sorted = this.lines().map((line) => ({ line, order: order(line) }));
    sorted.sort((a, b) => (a.order < b.order ? -1 : 1));
    return sorted.map(({ line }) => `${JSON.stringify(pick(line))}\n`).join('');
  }
}

function placeKey({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

const isName = (value: unknown) => typeof value === 'string' && /^[-._a-zA-Z0-9]{1,253}$/.test(value);
const isHash = (value: unknown) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isOneOf = (list: readonly string[]) => (value: unknown) => typeof value === 'string' && list.includes(value);

/** What each field may hold, in the order in which they are written. */
const fields: Readonly<Record<keyof RecordLine, (value: unknown) => boolean>> = {
  namespace: isName,
  name: isName,
  key: isName,
  scope: isOneOf(['strict', 'namespace-wide', 'cluster-wide'] satisfies SealingScope[]),
  sealedFor: isHash,
  ciphertext: isHash,
  origin: isOneOf(['sealed', 'adopted', 're-encrypted'] satisfies Origin[]),
};

function parseLine(source: string): RecordLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const line = value as Readonly<Record<string, unknown>>;
  const known = Object.entries(fields).every(([field, admits]) => Object.hasOwn(line, field) && admits(line[field]));
  return known && Object.keys(line).length === Object.keys(fields).length ? (value as RecordLine) : undefined;
}

function pick(line: RecordLine): Readonly<Record<string, unknown>> {
  return Object.fromEntries((Object.keys(fields) as (keyof RecordLine)[]).map((field) => [field, line[field]]));
}
