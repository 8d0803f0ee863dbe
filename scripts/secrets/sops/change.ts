import { encryptValue } from './cipher.ts';
import { type OpenedDocument, openDocument, pathData, sealMac } from './open.ts';
import { parseSecretDocument, type SecretDocument, type SecretEntry, type ValueField } from './secret-document.ts';
import { entryLine } from './secret-text.ts';
import { SopsError } from './sops-error.ts';
import { applyEdits, lineEnd, lineStart, type TextEdit } from './text-edits.ts';
import type { EncodedValue } from './value-encoding.ts';

/**
 * Sets and removes keys of an opened file. Lines of other keys stay byte for byte, comments too; the data key stays.
 *
 * @param lastmodified RFC 3339, in UTC, without a fraction
 * @returns the same text when nothing changed
 */
export function changeDocument(
  opened: OpenedDocument,
  set: ReadonlyMap<string, EncodedValue>,
  remove: readonly string[],
  lastmodified: string,
): string {
  const edits = entryEdits(opened, set, new Set(remove));
  if (edits.length === 0) return opened.document.text;
  requireEditable(opened.document);
  return resealed(opened.document.path, applyEdits(opened.document.text, edits), opened.dataKey, lastmodified);
}

/** A text whose values are encrypted with the data key, with a MAC that is theirs. */
export function resealed(path: string, text: string, dataKey: Uint8Array, lastmodified: string): string {
  const document = parseSecretDocument({ path, text });
  const { sops } = document;
  const stamped = applyEdits(text, [
    { start: sops.lastmodified.start, end: sops.lastmodified.end, text: `"${lastmodified}"` },
    { start: sops.mac.start, end: sops.mac.end, text: sealMac(document, dataKey, lastmodified) },
  ]);
  // What we would not open ourselves is never handed out.
  openDocument(parseSecretDocument({ path, text: stamped }), dataKey);
  return stamped;
}

export function requireEditable({ path, editable }: SecretDocument): void {
  if (editable) return;
  throw new SopsError('unsupported', {
    message: `${path}: it is not written as sops writes YAML, with one key a line`,
    why: 'A change would have to rewrite all of it.',
    help: `Let sops write it once: sops rotate --in-place ${path}`,
  });
}

function entryEdits(
  { document, dataKey, plaintexts }: OpenedDocument,
  set: ReadonlyMap<string, EncodedValue>,
  remove: ReadonlySet<string>,
): TextEdit[] {
  const { text, entries } = document;
  const edits: TextEdit[] = [];
  const gone: SecretEntry[] = [];
  const replaced = new Set<string>();
  for (const entry of entries) {
    const value = set.get(entry.key);
    if (value === undefined ? remove.has(entry.key) : value.field !== entry.field) gone.push(entry);
    if (value?.field !== entry.field) continue;
    replaced.add(entry.key);
    const old = plaintexts.get(entry.leaf);
    if (old?.type === 'str' && Buffer.compare(old.bytes, value.bytes) === 0) continue;
    const { start, end } = entry.leaf.scalar;
    edits.push({ start, end, text: encryptValue(value.bytes, dataKey, pathData(entry.leaf.path)) || '""' });
  }
  for (const { keyScalar, leaf } of gone)
    edits.push({ start: lineStart(text, keyScalar.start), end: lineEnd(text, leaf.scalar.end), text: '' });
  for (const field of ['stringData', 'data'] as const) {
    const added = [...set].filter(([key, value]) => value.field === field && !replaced.has(key));
    const lines = added.map(([key, { bytes }]) => [key, encryptValue(bytes, dataKey, pathData([field, key]))] as const);
    edits.push(...fieldEdits(document, field, lines, gone));
  }
  return edits;
}

/** New lines behind the last key of a field; with the field itself, when it is new, or is left without a key. */
function fieldEdits(
  { text, topKeys, entries, sops }: SecretDocument,
  field: ValueField,
  added: readonly (readonly [key: string, ciphertext: string])[],
  gone: readonly SecretEntry[],
): TextEdit[] {
  const own = entries.filter((entry) => entry.field === field);
  const header = topKeys.find(({ value }) => value === field);
  const last = own.at(-1);
  const kept = own.some((entry) => !gone.includes(entry));
  const edits: TextEdit[] = [];
  // A field without keys reads as null, which some readers refuse: it goes, and comes again when there is a key.
  if (header && !(last && (kept || added.length > 0)) && (last || added.length > 0))
    edits.push({ start: lineStart(text, header.start), end: lineEnd(text, header.start), text: '' });
  if (added.length === 0) return edits;
  const sibling = last?.keyScalar ?? (sops.keys[0] as { start: number });
  const indent = sibling.start - lineStart(text, sibling.start);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = added.map(([key, ciphertext]) => `${entryLine(indent, key, ciphertext)}${eol}`).join('');
  if (last) {
    const at = lineEnd(text, last.leaf.scalar.end);
    return [...edits, { start: at, end: at, text: lines }];
  }
  const section = topKeys.find(({ value }) => value === 'sops') as { start: number };
  const at = lineStart(text, section.start);
  return [...edits, { start: at, end: at, text: `${field}:${eol}${lines}` }];
}
