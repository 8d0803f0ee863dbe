import { secretsCommand } from '../../../constructs/secrets/secrets-command.ts';
import {
  isEncrypted,
  notASecret,
  parseSopsFile,
  type SopsFile,
  sopsFileProblems,
} from '../../../constructs/secrets/sops-file.ts';
import type { Finding, SecretPlace } from '../keeper.ts';
import { timeData } from './open.ts';
import { encryptedRegex } from './secret-document.ts';

/**
 * What can be said of a file without a private key: the checks of `sops()` in `constructs/secrets`, and those of the `sops`
 * section over which only whoever decrypts would stumble. A MAC can be seen to be there; whether it is right, a private key shows.
 */
export function inspectSops(
  place: SecretPlace,
  text: string | undefined,
  keys: readonly string[],
  recipients: readonly string[],
): readonly Finding[] {
  const { path, namespace, name, type } = place;
  if (text === undefined) {
    const message = (key: string) => `${path}: key "${key}" is missing, and so is the file`;
    return keys.map((key) => ({ kind: 'missing', key, message: message(key), help: setIt(path, key) }));
  }
  const file = parseSopsFile(text);
  if (!file) return [{ kind: 'damaged', ...notASecret(path) }];
  const needed = { namespace, secretName: name, keys: Object.fromEntries(keys.map((key) => [key, undefined])), type };
  const findings = sopsFileProblems(path, text, file, needed, recipients).map(
    ({ kind, key, problem }): Finding => ({ kind, ...(key === undefined ? {} : { key }), ...problem }),
  );
  if (findings.some(({ kind }) => kind === 'plain-text')) return findings;
  return [...findings, ...sectionFindings(path, file)];
}

const setIt = (path: string, key: string) => `Give it a value: ${secretsCommand('set', path, key)}`;

function sectionFindings(path: string, { sops, data, stringData, ...clear }: SopsFile): Finding[] {
  const section = sops ?? {};
  const findings: Finding[] = [];
  const damaged = (message: string, why: string, help = restore) =>
    findings.push({ kind: 'damaged', message: `${path}: ${message}`, why, help });
  if (section.mac_only_encrypted === true) {
    damaged(
      'its MAC covers encrypted values alone (mac_only_encrypted)',
      'Its name, namespace and labels could be changed without a trace, and so who reads the Secret.',
      'Remove mac_only_encrypted from .sops.yaml, and make the file again.',
    );
  }
  if (section.encrypted_regex !== encryptedRegex) {
    damaged(
      `its rule for what is encrypted is not encrypted_regex: ${encryptedRegex}`,
      'Whoever changes the file next would leave values readable, or hide what kustomize has to read.',
      `Make the file again: sops decrypt, then sops encrypt --encrypted-regex '${encryptedRegex}'.`,
    );
  }
  for (const [key, value] of [...Object.entries(data ?? {}), ...Object.entries(stringData ?? {})]) {
    const type = /type:(?!str)([a-z]+)\]$/.exec(String(value))?.[1];
    if (type === undefined) continue;
    const message = `${path}: the value of ${key} was encrypted as ${type}, and not as a string`;
    const why = 'It is decrypted as one, and the API server takes strings alone.';
    findings.push({ kind: 'damaged', key, message, why, help: setIt(path, key) });
  }
  const hidden = encryptedPaths(clear);
  if (hidden.length > 0)
    damaged(`${hidden.join(', ')}: encrypted, and meant to be read`, 'The cluster reads it before it decrypts.');
  if (!isEncrypted(section.mac)) damaged('its MAC is not one that sops wrote', 'sops would not open the file.');
  if (typeof section.lastmodified !== 'string' || timeData(section.lastmodified) === undefined)
    damaged('lastmodified of its sops section is not a time', 'The MAC is bound to it: sops would not open the file.');
  const wrapped = Array.isArray(section.age) ? section.age : [];
  for (const entry of wrapped as readonly ({ recipient?: unknown; enc?: unknown } | null)[]) {
    if (typeof entry?.enc === 'string' && armored.test(entry.enc)) continue;
    damaged(
      `the data key for ${String(entry?.recipient)} is not an age file`,
      'Whoever holds that key cannot open it.',
    );
  }
  return findings;
}

const restore = 'Take the file from the last commit in which it was whole, or set its values again.';

/** An age file in ASCII armor that has at least a header (`format.go` of age 1.3). */
const armored =
  /^-----BEGIN AGE ENCRYPTED FILE-----\r?\nYWdlLWVuY3J5cHRpb24ub3JnL3Yx(?:[A-Za-z0-9+/=]+\r?\n)+-----END AGE ENCRYPTED FILE-----\s*$/;

/** Paths of encrypted texts, in what is not to be encrypted. */
function encryptedPaths(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === 'string') return value.startsWith('ENC[AES256_GCM,') ? [path.join('.')] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => encryptedPaths(inner, [...path, key]));
}
