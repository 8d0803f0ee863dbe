import { armor, Decrypter, Encrypter } from 'age-encryption';
import { SopsError } from './sops-error.ts';

/** A data key as one recipient of a file can open it (`agekey` of `stores/stores.go`). */
export interface WrappedKey {
  readonly recipient: string;
  /** An age file in ASCII armor. */
  readonly enc: string;
}

/** Bytes of the key that encrypts the values of one file. */
export const dataKeySize = 32;

/** Wraps a data key for one recipient: `age1…` or `age1pq1…`. */
export async function wrapDataKey(dataKey: Uint8Array, recipient: string): Promise<WrappedKey> {
  requireRecipient(recipient);
  const encrypter = new Encrypter();
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw noRecipient(recipient);
  }
  return { recipient, enc: armor.encode(await encrypter.encrypt(dataKey)) };
}

/** @throws SopsError for what is no public age key by its form, such as a private one, which is then not quoted */
export function requireRecipient(recipient: string): void {
  if (!/^age1[0-9a-z]+$/.test(recipient))
    throw noRecipient(/^age1\w*$/.test(recipient) ? recipient : 'one of the recipients');
}

function noRecipient(shown: string): SopsError {
  return new SopsError('recipient', {
    message: `${shown} is not a recipient that can be encrypted to`,
    why: 'These are public age keys: age1… and age1pq1…. Keys of plugins (age1yubikey1…) need a program of their own, which only sops runs.',
    help: 'Correct `recipients` in the cluster.',
  });
}

/** What came of trying private keys on an age file. */
type Opened =
  | { readonly is: 'open'; readonly bytes: Uint8Array }
  | { readonly is: 'no match' | 'damaged'; readonly bytes?: never };

/** Opens an age file in ASCII armor with any of the private keys. */
export async function openArmored(text: string, identities: readonly string[]): Promise<Opened> {
  let file: Uint8Array;
  try {
    file = armor.decode(text);
  } catch {
    return { is: 'damaged' };
  }
  return await openAge(file, identities);
}

/**
 * Opens an age file with any of the private keys.
 *
 * @param identities `AGE-SECRET-KEY-1…` and `AGE-SECRET-KEY-PQ-1…`; others are passed over
 */
export async function openAge(file: Uint8Array, identities: readonly string[]): Promise<Opened> {
  const decrypter = new Decrypter();
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity);
    } catch {
      // Said once, where the keys are read.
    }
  }
  try {
    return { is: 'open', bytes: await decrypter.decrypt(file) };
  } catch (error) {
    const unmatched = error instanceof Error && error.message === "no identity matched any of the file's recipients";
    return { is: unmatched ? 'no match' : 'damaged' };
  }
}

/** Opens the data key of a file with any of the private keys. */
export async function unwrapDataKey(
  path: string,
  wrapped: readonly WrappedKey[],
  identities: readonly string[],
): Promise<Uint8Array> {
  const damaged: string[] = [];
  for (const { recipient, enc } of wrapped) {
    const opened = await openArmored(enc, identities);
    if (opened.is === 'open' && opened.bytes.length === dataKeySize) return opened.bytes;
    if (opened.is !== 'no match') damaged.push(recipient);
  }
  if (damaged.length > 0) {
    throw new SopsError('damaged', {
      message: `${path}: the data key for ${damaged.join(', ')} is damaged`,
      why: 'It is not an age file, or was cut or changed since: no private key opens it.',
      help: 'Take the file from the last commit in which it was whole.',
    });
  }
  throw new SopsError('identity', {
    message: `${path}: none of the private keys at hand opens it`,
    why: `It is encrypted to ${wrapped.map(({ recipient }) => recipient).join(', ')}.`,
    help: 'Set SOPS_AGE_KEY_FILE to a file with the private key of one of them, or ask someone who has one.',
  });
}
