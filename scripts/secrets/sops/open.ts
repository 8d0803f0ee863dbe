import { createHash } from 'node:crypto';
import type { Values } from '../keeper.ts';
import { base64, decryptValue, encryptValue, type Plaintext } from './cipher.ts';
import { clearBytes } from './clear-scalar.ts';
import { type Leaf, lineAt, type SecretDocument } from './secret-document.ts';
import { SopsError } from './sops-error.ts';

/** An opened file: what every encrypted scalar holds. */
export interface OpenedDocument {
  readonly document: SecretDocument;
  readonly dataKey: Uint8Array;
  readonly plaintexts: ReadonlyMap<Leaf, Plaintext>;
}

/**
 * Opens every value, and checks the MAC.
 *
 * @throws SopsError that names the key that does not open, or says that the MAC is broken
 */
export function openDocument(document: SecretDocument, dataKey: Uint8Array): OpenedDocument {
  const { path, sops } = document;
  const opened = { document, dataKey, plaintexts: decryptLeaves(document, dataKey) };
  const mac = decryptValue(sops.mac.value, dataKey, macData(path, sops.lastmodified.value));
  if (mac && Buffer.from(mac.bytes).toString() === digest(opened)) return opened;
  throw new SopsError('mac', {
    message: `${path}: its MAC is broken`,
    why: mac
      ? 'Every value opens, and the whole is not what was encrypted: a merge of two changes, or an edit by hand of a name, a label, or which keys there are and in which order, did that. An attacker can do it too.'
      : 'The MAC itself does not open: it or `lastmodified` is not from the same change as the data key. A merge that took lines from both sides does that.',
    help: `Take one side of the merge whole (git checkout --theirs -- ${path}, or --ours), then set again what the other side had changed.`,
  });
}

/** The MAC of what is in a document, encrypted. The one that the document has is not looked at. */
export function sealMac(document: SecretDocument, dataKey: Uint8Array, lastmodified: string): string {
  const mac = digest({ document, dataKey, plaintexts: decryptLeaves(document, dataKey) });
  return encryptValue(Buffer.from(mac), dataKey, macData(document.path, lastmodified));
}

/**
 * The values of the Secret. Where `data` and `stringData` have the same key, that of `stringData` counts, as in the API server.
 *
 * @throws SopsError when a value of `data` is not base64
 */
export function valuesOf({ document, plaintexts }: OpenedDocument): Values {
  return new Map(
    document.entries.map(({ field, key, leaf }) => {
      const { bytes, type } = plaintexts.get(leaf) as Plaintext;
      // sops encrypts `True`, and writes `true` again.
      if (type === 'bool') return [key, Buffer.from(Buffer.from(bytes).toString().toLowerCase())];
      const value = field === 'data' ? base64(Buffer.from(bytes).toString('latin1')) : bytes;
      if (value) return [key, value];
      throw new SopsError('damaged', {
        message: `${document.path}: what data.${key} holds is not base64`,
        why: 'The API server would refuse the Secret.',
        help: `Set the key ${key} again.`,
      });
    }),
  );
}

/** What GCM authenticates beside a value: its path, with a colon behind each step (`sops.go`). */
export function pathData(path: readonly string[]): string {
  return `${path.join(':')}:`;
}

function decryptLeaves(document: SecretDocument, dataKey: Uint8Array): Map<Leaf, Plaintext> {
  const plaintexts = new Map<Leaf, Plaintext>();
  for (const leaf of document.leaves) {
    // A null stays null.
    if (!leaf.encrypted || (leaf.scalar.style === 'plain' && clearBytes(leaf.scalar) === undefined)) continue;
    const plaintext = decryptValue(leaf.scalar.value, dataKey, pathData(leaf.path));
    if (plaintext) {
      plaintexts.set(leaf, plaintext);
      continue;
    }
    throw new SopsError('damaged', {
      message: `${document.path}: ${leaf.path.join('.')} (line ${lineAt(document.text, leaf.scalar.start)}) does not open`,
      why: 'It is not encrypted, or it is cut or changed, or it was encrypted under another key or name, or for another file: each file has a data key of its own.',
      help: 'Take the file from the last commit in which it was whole. If the value can be read there, replace it: it is public.',
    });
  }
  return plaintexts;
}

/** SHA-512 over all values in order, encrypted or not, without comments and nulls (`sops.go`: `Tree.Encrypt`). */
function digest({ document, plaintexts }: OpenedDocument): string {
  const hash = createHash('sha512');
  for (const leaf of document.leaves) {
    const plaintext = plaintexts.get(leaf);
    if (plaintext) {
      if (plaintext.type !== 'comment') hash.update(plaintext.bytes);
      continue;
    }
    try {
      hash.update(clearBytes(leaf.scalar) ?? '');
    } catch (error) {
      throw new SopsError('unsupported', {
        message: `${document.path}: line ${lineAt(document.text, leaf.scalar.start)}: ${(error as Error).message}`,
        why: 'Readers of YAML take it differently, and the MAC depends on how.',
        help: 'Make the file again with quotes around it.',
      });
    }
  }
  return hash.digest('hex').toUpperCase();
}

/** `lastmodified` as Go writes it again after reading it: what the MAC is authenticated with. undefined when it is no time. */
export function timeData(lastmodified: string): string | undefined {
  const [, time, zone] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[-+]\d\d:\d\d)$/.exec(lastmodified) ?? [];
  return time === undefined || zone === undefined ? undefined : `${time}${zone.slice(1) === '00:00' ? 'Z' : zone}`;
}

function macData(path: string, lastmodified: string): string {
  const data = timeData(lastmodified);
  if (data !== undefined) return data;
  throw new SopsError('damaged', {
    message: `${path}: lastmodified of its sops section is not a time`,
    help: 'Take the file from the last commit in which it was whole.',
  });
}
