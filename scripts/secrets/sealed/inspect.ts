import { load } from 'js-yaml';
import type { Problem } from '../../../constructs/problem.ts';
import {
  boundTo,
  formProblems,
  nameProblems,
  parseSealedSecret,
  readablePlaces,
  readableProblems,
  type SealedSecretFile,
  scopeProblems,
} from '../../../constructs/secrets/sealed-secret-file.ts';
import { isSealed } from '../../../constructs/secrets/sealed-value.ts';
import { secretsCommand } from '../../../constructs/secrets/secrets-command.ts';
import type { Finding, FindingKind, SecretPlace } from '../keeper.ts';
import { ciphertextHash } from './record.ts';
import { openLength } from './seal.ts';
import { type Sealing, setCommand } from './sealing.ts';
import { formFault } from './value-form.ts';

/** Bytes that the values of a Secret may have together: `MaxSecretSize` in `pkg/apis/core/types.go` of Kubernetes 1.36. */
export const secretLimit = 1024 * 1024;

/** What can be proved of a file without a private key: form and size against the certificate, all else against the record. */
export function inspectSealed(
  sealing: Sealing,
  place: SecretPlace,
  text: string | undefined,
  keys: readonly string[],
): readonly Finding[] {
  const findings = [...sealing.findings];
  const missing = (key: string): Finding => ({
    kind: 'missing',
    key,
    message:
      text === undefined ? `there is no ${place.path}, which holds "${key}"` : `${place.path}: "${key}" is missing`,
    help: `Give its value: ${setCommand(sealing, place, key)}`,
  });
  if (text === undefined) return [...findings, ...keys.map(missing)];
  const file = parseSealedSecret(text);
  if (!file) return [...findings, notASealedSecret(place.path, text)];
  findings.push(...fileFindings(sealing, place, text, file));
  const sealed = file.spec.encryptedData ?? {};
  findings.push(...keys.filter((key) => !Object.hasOwn(sealed, key)).map(missing));
  for (const [key, value] of Object.entries(sealed)) {
    if (!keys.includes(key)) {
      findings.push({
        kind: 'stale',
        key,
        message: `${place.path}: "${key}" is needed by nothing`,
        help: `Remove it: ${secretsCommand('remove', place.path, key)}`,
      });
    }
    const finding = valueFinding(sealing, place, key, value);
    if (finding) findings.push(finding);
  }
  return [...findings, ...leftLines(sealing, place, sealed)];
}

/** What the form of a value, or its record, says against it. */
export function valueFinding(sealing: Sealing, place: SecretPlace, key: string, value: unknown): Finding | undefined {
  const finding = (kind: FindingKind, what: string, why: string | undefined, more = ''): Finding => ({
    kind,
    key,
    message: `${place.path}: "${key}" ${what}`,
    why,
    help: `Give its value again: ${setCommand(sealing, place, key)}${more}`,
  });
  const fault = formFault(value, sealing.usable);
  if (fault && fault.kind !== 'wrong-key') return finding(fault.kind, fault.what, fault.why);
  const ciphertext = ciphertextHash(String(value));
  const own = sealing.lines.of(place).filter((line) => line.key === key);
  const line = own.find((each) => each.ciphertext === ciphertext);
  if (line && line.scope !== sealing.scope) {
    return finding(
      'stale',
      `was sealed with scope ${line.scope}, and the cluster's is ${sealing.scope}`,
      'A value is encrypted with its scope.',
    );
  }
  if (line && sealing.usable && line.sealedFor !== sealing.usable.keyFingerprint) {
    return finding(
      'wrong-key',
      `was sealed for key ${short(line.sealedFor)}, and the pinned certificate has ${short(sealing.usable.keyFingerprint)}`,
      'The controller opens it only if it keeps that other key.',
    );
  }
  if (fault) return finding(fault.kind, fault.what, fault.why);
  if (line) return undefined;
  const other = sealing.lines.find(ciphertext);
  if (other) {
    const why = boundTo[other.scope] ?? 'What is in it was meant for there.';
    return finding('stale', `was sealed as "${other.key}" of ${other.namespace}/${other.name}`, why);
  }
  return finding(
    'unverifiable',
    own.length > 0 ? 'is not the value that its record is about' : 'has no record',
    'A ciphertext shows neither its key nor its name: whether the cluster can open it is not known.',
    `. If you sealed it for ${sealing.certificate.path} with another program, say so: chitin secrets adopt ${sealing.cluster} ${place.namespace}/${place.name}`,
  );
}

/** What is wrong with a file as a whole, without a look at its values. */
export function fileFindings(sealing: Sealing, place: SecretPlace, text: string, file: SealedSecretFile): Finding[] {
  const { path, namespace, name, type } = place;
  const of = (kind: FindingKind, problems: readonly Problem[]) => problems.map((problem) => ({ kind, ...problem }));
  const bytes = Object.values(file.spec.encryptedData ?? {})
    .filter(isSealed)
    .reduce((sum, value) => sum + openLength(value), 0);
  return [
    ...of('stale', nameProblems(path, file, { namespace, secretName: name })),
    ...of('stale', scopeProblems(path, file, sealing.scope)),
    ...of('plain-text', readableProblems(path, readablePlaces(text, file))),
    ...of('stale', formProblems(path, file, type)),
    ...of('damaged', bytes > secretLimit ? [sizeProblem(path, bytes)] : []),
  ];
}

/** That the values of a Secret are too large together. */
export function sizeProblem(path: string, bytes: number): Problem {
  return {
    message: `${path}: its values have ${bytes} bytes together`,
    why: `The API server takes a Secret with ${secretLimit} bytes (1 MiB) at most.`,
    help: 'Give less, or keep large files in a volume.',
  };
}

/** A file that is no SealedSecret; one with the fields of a Secret is readable. */
export function notASealedSecret(path: string, text: string): Finding {
  let value: unknown;
  try {
    value = load(text);
  } catch {
    // The parser's message would quote the text.
  }
  const readable = typeof value === 'object' && value !== null && ('data' in value || 'stringData' in value);
  return {
    kind: readable ? 'plain-text' : 'damaged',
    message: `${path}: not a SealedSecret in YAML`,
    help: `Remove it, and give its values again with chitin secrets set.${readable ? ' If it was ever committed, replace the values: they are public.' : ''}`,
  };
}

/** Lines of the record for values that the file does not hold. */
function leftLines(sealing: Sealing, place: SecretPlace, sealed: Readonly<Record<string, unknown>>): Finding[] {
  return sealing.lines
    .of(place)
    .filter(({ key }) => !Object.hasOwn(sealed, key))
    .map(({ key }) => ({
      kind: 'stale',
      key,
      message: `${sealing.record.path}: it has a line for "${key}" of ${place.namespace}/${place.name}, which ${place.path} does not hold`,
      help: 'Take back the change that removed the value, or remove the line.',
    }));
}

/** Lines of the record for Secrets that have no file any more; of files that are there, `inspectSealed` tells. */
export function linesWithoutFile(
  sealing: Sealing,
  places: readonly { readonly namespace: string; readonly name: string }[],
): Finding[] {
  const there = new Set(places.map(({ namespace, name }) => `${namespace}/${name}`));
  return sealing.lines
    .lines()
    .filter(({ namespace, name }) => !there.has(`${namespace}/${name}`))
    .map(({ namespace, name, key }) => ({
      kind: 'stale',
      message: `${sealing.record.path}: it has a line for "${key}" of ${namespace}/${name}, which has no file`,
      help: 'Take back the change that removed the file, or remove the line.',
    }));
}

function short(fingerprint: string): string {
  return fingerprint.slice(0, 16);
}
