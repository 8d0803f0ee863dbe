import { randomBytes } from 'node:crypto';
import type { Problem } from '../../../constructs/problem.ts';
import { requireEditable, resealed } from './change.ts';
import { encryptValue } from './cipher.ts';
import { dataKeySize, unwrapDataKey, type WrappedKey, wrapDataKey } from './data-key.ts';
import { openDocument, pathData } from './open.ts';
import { parseSecretDocument, type SecretDocument, type SopsText } from './secret-document.ts';
import { wrappedLines } from './secret-text.ts';
import { SopsError } from './sops-error.ts';
import { applyEdits, lineStart, type TextEdit } from './text-edits.ts';

/** What new recipients make of a file. */
export interface RecipientsUpdate {
  /** The same text when the recipients were these already. */
  readonly text: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** What a person has to do still, when a recipient was removed. */
  readonly warning?: Problem | undefined;
}

/**
 * Encrypts a file to these recipients. With new ones alone, the data key is wrapped for them, and values, MAC and what stands
 * for the others stay byte for byte. When one goes, everything is encrypted with a new data key, since who goes knows the old one.
 *
 * @param identities finds the private keys; called only when something changes
 */
export async function updateRecipients(
  file: SopsText,
  recipients: readonly string[],
  identities: () => readonly string[],
  lastmodified: string,
): Promise<RecipientsUpdate> {
  const document = parseSecretDocument(file);
  const { added, removed } = recipientChanges(document, recipients);
  if (added.length === 0 && removed.length === 0) return { text: file.text, added, removed };
  requireEditable(document);
  const { wrapped } = document.sops;
  const dataKey = await unwrapDataKey(file.path, wrapped, identities());
  const opened = openDocument(document, dataKey);
  if (removed.length === 0) {
    const all = await wrapAll(dataKey, recipients, wrapped);
    return { text: applyEdits(file.text, [wrappedEdit(document, all)]), added, removed };
  }
  if (file.text.includes('#ENC[')) {
    throw new SopsError('unsupported', {
      message: `${file.path}: it has encrypted comments, which would be lost with the old data key`,
      help: `Remove them (sops edit ${file.path}), or change the recipients with sops rotate --rm-age.`,
    });
  }
  const next = randomBytes(dataKeySize);
  const edits = [...opened.plaintexts].map(([leaf, { bytes, type }]): TextEdit => {
    const { start, end } = leaf.scalar;
    return { start, end, text: encryptValue(bytes, next, pathData(leaf.path), type) || '""' };
  });
  edits.push(wrappedEdit(document, await wrapAll(next, recipients, [])));
  const text = resealed(file.path, applyEdits(file.text, edits), next, lastmodified);
  return { text, added, removed, warning: removalWarning(file.path, removed) };
}

/** Which recipients come and go; a recipient is one however often it is there. */
export function recipientChanges(
  { sops }: SecretDocument,
  recipients: readonly string[],
): { readonly added: string[]; readonly removed: string[] } {
  const old = new Set(sops.wrapped.map(({ recipient }) => recipient));
  const wanted = new Set(recipients);
  return { added: [...wanted.difference(old)], removed: [...old.difference(wanted)] };
}

function removalWarning(path: string, removed: readonly string[]): Problem {
  return {
    message: `${path}: ${removed.join(', ')} can no longer open it`,
    why: 'The values that the file had so far stay readable to whoever holds the private key: they are in the history of the repository.',
    help: 'Replace these values where they come from, and set the new ones.',
  };
}

/** The data key for each recipient, once. */
export async function wrapAll(
  dataKey: Uint8Array,
  recipients: readonly string[],
  known: readonly WrappedKey[],
): Promise<WrappedKey[]> {
  const wrap = async (recipient: string) =>
    known.find((entry) => entry.recipient === recipient) ?? (await wrapDataKey(dataKey, recipient));
  return await Promise.all([...new Set(recipients)].map(wrap));
}

function wrappedEdit({ text, sops, topKeys }: SecretDocument, wrapped: readonly WrappedKey[]): TextEdit {
  const age = sops.keys.find(({ value }) => value === 'age') as { start: number };
  const later = [...sops.keys, ...topKeys].map(({ start }) => start).filter((start) => start > age.start);
  const start = lineStart(text, age.start);
  const end = later.length === 0 ? text.length : lineStart(text, Math.min(...later));
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return {
    start,
    end,
    text: wrappedLines(age.start - start, wrapped)
      .map((line) => `${line}${eol}`)
      .join(''),
  };
}
