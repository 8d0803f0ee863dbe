import { parseSealedSecret } from '../../../constructs/secrets/sealed-secret-file.ts';
import { isSealed } from '../../../constructs/secrets/sealed-value.ts';
import { declaredScope, scopeAnnotations } from '../../../constructs/secrets/sealing-scope.ts';
import type { Change, SecretPlace } from '../keeper.ts';
import { certificateToUse, note, requireRecord } from './change.ts';
import { sealedSecretText } from './file-text.ts';
import { fileFindings, notASealedSecret } from './inspect.ts';
import { ciphertextHash } from './record.ts';
import { refused } from './refused.ts';
import { openLength } from './seal.ts';
import { recordText, type Sealing } from './sealing.ts';
import { formFault } from './value-form.ts';

/** A value that is not shown to be sealed for the pinned certificate. */
export interface OldValue {
  readonly place: SecretPlace;
  readonly key: string;
  /** Key fingerprint of the certificate that it was sealed for; undefined when no record says so. */
  readonly sealedFor: string | undefined;
}

/** What has to be given again, or encrypted again by the controller, once a new certificate is pinned. */
export function valuesToGiveAgain(
  sealing: Sealing,
  files: readonly { readonly place: SecretPlace; readonly text: string }[],
): readonly OldValue[] {
  return files.flatMap(({ place, text }) => {
    const sealed = Object.entries(parseSealedSecret(text)?.spec.encryptedData ?? {});
    return sealed.flatMap(([key, value]) => {
      const hash = typeof value === 'string' ? ciphertextHash(value) : undefined;
      const sealedFor = sealing.lines.of(place).find((line) => line.key === key && line.ciphertext === hash)?.sealedFor;
      return sealedFor !== undefined && sealedFor === sealing.usable?.keyFingerprint ? [] : [{ place, key, sealedFor }];
    });
  });
}

/** What a person has to know before the controller's `/v1/rotate` is used. */
export const reencryptionWarning = [
  'Re-encryption asks the controller at /v1/rotate. Whoever reaches that address can misuse it in older controllers: to widen the scope of a value before 0.36.0 (CVE-2026-22728), and to learn about values up to and including 0.39.1 (pull request 2049).',
  'Use a newer controller, admit nobody else to its port 8080 with a NetworkPolicy, and remove the Role that lets every account use the service proxy.',
  'Values that a stolen key could open are not saved by it: replace them.',
].join('\n');

/** The object of a file, as `/v1/rotate` gets it: only name, scope and ciphertext, and no template with text in it. */
export function rotationRequest(sealing: Sealing, place: SecretPlace, text: string): Readonly<Record<string, unknown>> {
  const file = parseSealedSecret(text);
  if (!file) throw refused(notASealedSecret(place.path, text));
  const wrong = fileFindings(sealing, place, text, file);
  if (wrong.length > 0) throw refused(...wrong);
  const metadata = {
    name: place.name,
    namespace: place.namespace,
    ...(sealing.scope === 'strict' ? {} : { annotations: scopeAnnotations(sealing.scope) }),
  };
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata,
    spec: {
      encryptedData: file.spec.encryptedData ?? {},
      template: { metadata, ...(place.type === undefined ? {} : { type: place.type }) },
    },
  };
}

/**
 * Takes what the controller made of a file, and notes that in the record. It is checked as far as that goes without the
 * private key: same name, scope, keys and lengths, and the form of the pinned certificate.
 *
 * @param answer JSON, as `/v1/rotate` gave it
 */
export function reencrypted(sealing: Sealing, place: SecretPlace, text: string, answer: string): Change {
  requireRecord(sealing);
  const certificate = certificateToUse(sealing);
  const before = parseSealedSecret(text)?.spec.encryptedData ?? {};
  const file = parseSealedSecret(withKind(answer));
  const unexpected = (what: string) =>
    refused({
      message: `${place.path}: the controller's answer ${what}`,
      help: 'Nothing was changed. Look into the log of the controller.',
    });
  if (!file) throw unexpected('is not a SealedSecret');
  const { metadata, spec } = file;
  const template = spec.template as
    | { readonly metadata?: { readonly annotations?: Record<string, unknown> } }
    | undefined;
  const scopes = [metadata, template?.metadata].map((each) =>
    declaredScope((each?.annotations ?? {}) as Readonly<Record<string, unknown>>),
  );
  if (metadata.name !== place.name || metadata.namespace !== place.namespace) throw unexpected('has another name');
  if (scopes.some((scope) => scope !== sealing.scope)) throw unexpected('has another scope');
  const after = spec.encryptedData ?? {};
  const values = new Map<string, string>();
  for (const [key, old] of Object.entries(before)) {
    const value = Object.hasOwn(after, key) ? after[key] : undefined;
    // A value of another key may have the form of this one's by chance.
    if (value === old) throw unexpected(`has the old "${key}"`);
    if (!isSealed(value) || formFault(value, certificate))
      throw unexpected(`has no "${key}" for the pinned certificate`);
    if (!isSealed(old) || openLength(old) !== openLength(value)) throw unexpected(`has a "${key}" of another length`);
    values.set(key, value);
  }
  if (Object.keys(after).length !== values.size) throw unexpected('has other keys');
  note(sealing, place, new Map(), values, 're-encrypted');
  return { text: sealedSecretText(place, sealing.scope, values), beside: [recordText(sealing)] };
}

/** The answer of sealed-secrets 0.38 has neither `apiVersion` nor `kind` (`Rotate` in `pkg/controller/controller.go`). */
function withKind(answer: string): string {
  try {
    const object: unknown = JSON.parse(answer);
    return JSON.stringify({ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', ...Object(object) });
  } catch {
    return '';
  }
}
