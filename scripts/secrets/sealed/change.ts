import { parseSealedSecret } from '../../../constructs/secrets/sealed-secret-file.ts';
import { isSealed } from '../../../constructs/secrets/sealed-value.ts';
import type { Change, SecretPlace, Values } from '../keeper.ts';
import { expiryProblem, type SealingCertificate } from './certificate.ts';
import { sealedSecretText } from './file-text.ts';
import { fileFindings, notASealedSecret, secretLimit, sizeProblem } from './inspect.ts';
import { ciphertextHash, type Origin } from './record.ts';
import { refused } from './refused.ts';
import { openLength, sealingLabel, sealValue } from './seal.ts';
import { recordText, type Sealing } from './sealing.ts';

/** Bytes of one object that etcd takes: its default for `--max-request-bytes` (`server/embed/config.go` of etcd 3.6). */
const objectLimit = 1.5 * 1024 * 1024;

/**
 * Seals the values that are given, and keeps the rest byte for byte. Whether a value is the one that was there cannot be
 * seen without the private key, so a value that is given is always sealed again.
 *
 * A file whose values are all given or removed is written anew, whatever was wrong with it. One of which ciphertext stays
 * must be right but for its values: what is bound to another name or scope would not open.
 */
export function changeSealed(
  sealing: Sealing,
  place: SecretPlace,
  text: string | undefined,
  set: Values,
  remove: readonly string[],
): Change {
  const file = text === undefined ? undefined : parseSealedSecret(text);
  if (text !== undefined && !file) throw refused(notASealedSecret(place.path, text));
  const old = new Map(Object.entries(file?.spec.encryptedData ?? {}));
  const kept = [...old].filter(([key]) => !set.has(key) && !remove.includes(key));
  if (set.size === 0) {
    if (text === undefined)
      throw refused({ message: `there is no ${place.path}`, help: 'There is nothing to remove.' });
    if (kept.length === old.size) return { text };
  }
  requireRecord(sealing);
  if (file && text !== undefined && kept.length > 0) {
    const wrong = fileFindings(sealing, place, text, file).filter(({ kind }) => kind !== 'damaged');
    if (wrong.length > 0) throw refused(...wrong);
  }
  const values = new Map<string, string>();
  for (const [key, value] of kept) {
    if (typeof value !== 'string') {
      throw refused({
        message: `${place.path}: "${key}" is not text`,
        help: 'Remove it from spec.encryptedData, or give its value again.',
      });
    }
    values.set(key, value);
  }
  const sealed = sealAll(sealing, place, set);
  const bytes =
    [...values.values()].filter(isSealed).reduce((sum, value) => sum + openLength(value), 0) +
    [...set.values()].reduce((sum, value) => sum + value.byteLength, 0);
  if (bytes > secretLimit) throw refused(sizeProblem(place.path, bytes));
  const next = sealedSecretText(place, sealing.scope, inOrder([...old.keys()], values, sealed));
  if (Buffer.byteLength(next) > objectLimit) {
    throw refused({
      message: `${place.path}: the SealedSecret would have ${Buffer.byteLength(next)} bytes`,
      why: `etcd takes an object of ${objectLimit} bytes at most, and a sealed value is a third larger than the value, and some hundred bytes more.`,
      help: 'Give less, or fewer keys.',
    });
  }
  note(sealing, place, values, sealed, 'sealed');
  return { text: next, beside: [recordText(sealing)] };
}

/**
 * Writes into the record what a Secret's file holds now.
 *
 * @param kept values that were there: their lines stay
 * @param made values that are new, for the pinned certificate
 */
export function note(
  sealing: Sealing,
  place: SecretPlace,
  kept: ReadonlyMap<string, string>,
  made: ReadonlyMap<string, string>,
  origin: Origin,
): void {
  const { usable, lines, scope } = sealing;
  const { namespace, name } = place;
  const hashes = new Map([...kept].map(([key, value]) => [key, ciphertextHash(value)]));
  lines.put(place, [
    ...lines.of(place).filter(({ key, ciphertext }) => hashes.get(key) === ciphertext),
    ...[...made].map(([key, value]) => ({
      namespace,
      name,
      key,
      scope,
      sealedFor: usable?.keyFingerprint ?? '',
      ciphertext: ciphertextHash(value),
      origin,
    })),
  ]);
}

function sealAll(sealing: Sealing, place: SecretPlace, set: Values): Map<string, string> {
  if (set.size === 0) return new Map();
  const certificate = certificateToUse(sealing);
  const label = sealingLabel(place, sealing.scope);
  const sealed = new Map<string, string>();
  for (const [key, value] of set) {
    // What was given as a key may be a value that somebody put in the wrong place.
    if (!/^(?!\.\.?$)[-._a-zA-Z0-9]{1,253}$/.test(key)) {
      throw refused({
        message: `${place.path}: the name of a key that was given is none`,
        help: 'A key has letters, digits, "-", "_" and ".", 253 at most.',
      });
    }
    sealed.set(key, sealValue(certificate, label, value));
  }
  return sealed;
}

/** Refuses to go on without lines of the record: it would be written as if they had never been. */
export function requireRecord({ lines, findings }: Sealing): void {
  if (lines.unreadable.length > 0) throw refused(...findings);
}

/** The pinned certificate, when values may be sealed for it. */
export function certificateToUse({ usable, certificate, findings, now }: Sealing): SealingCertificate {
  if (!usable) throw refused(...findings);
  const expired = expiryProblem(certificate.path, usable, now);
  if (expired) throw refused(expired);
  return usable;
}

/** Values in the order of the file; a new key stands before the first that is greater. */
function inOrder(
  old: readonly string[],
  kept: ReadonlyMap<string, string>,
  sealed: ReadonlyMap<string, string>,
): Map<string, string> {
  const keys = old.filter((key) => kept.has(key) || sealed.has(key));
  for (const key of [...sealed.keys()].filter((each) => !old.includes(each)).sort()) {
    const before = keys.findIndex((each) => each > key);
    keys.splice(before < 0 ? keys.length : before, 0, key);
  }
  return new Map(keys.map((key) => [key, sealed.get(key) ?? kept.get(key) ?? '']));
}
