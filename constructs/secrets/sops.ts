import type { ApiObjectProps } from 'cdk8s';
import { load } from 'js-yaml';
import { sha256 } from '../checksum.ts';
import type { Problem } from '../problem.ts';
import type { SecretBackend } from './backend.ts';
import type { PlacedSecret } from './secret.ts';
import type { CiphertextStore } from './store.ts';

/** A value as sops 3.13 encrypts it (`aes/cipher.go`). */
const encrypted = /^ENC\[AES256_GCM,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:[a-z]+\]$/;

/**
 * SOPS with age: `clusters/<cluster>/secrets/<namespace>/<name>.yaml` holds a Secret whose values are encrypted, and goes
 * into `dist` byte for byte, since an added label or another order of keys breaks its MAC.
 *
 * @param options.recipients public age keys that open the cluster's secrets
 */
export function sops(options: {
  readonly recipients: readonly [`age1${string}`, ...`age1${string}`[]];
}): SecretBackend {
  return {
    name: 'sops',
    recipients: options.recipients,
    decryptedByEngine: true,
    render: (secret, files) => render(secret, files, options.recipients),
  };
}

function render(
  secret: PlacedSecret,
  files: CiphertextStore,
  recipients: readonly string[],
): ReturnType<SecretBackend['render']> {
  const { namespace, secretName, keys } = secret;
  const path = files.path(namespace, secretName);
  const text = files.read(namespace, secretName);
  const list = Object.entries(keys).map(([key, what]) => `${key} (${what})`);
  if (text === undefined) {
    return {
      objects: [],
      findings: [],
      problems: [
        {
          message: `secret ${namespace}/${secretName}: there is no ${path}`,
          why: `It needs ${list.join(', ')}.`,
          help: `Write a Secret of that name with these keys under stringData, and encrypt it: sops encrypt --encrypted-regex '^(data|stringData)$' --age ${recipients.join(',')} --in-place ${path}`,
        },
      ],
    };
  }
  const object = parse(text);
  const problems = object ? check(path, text, object, secret, recipients) : [notASecret(path)];
  if (!object || problems.length > 0) return { objects: [], findings: [], problems };
  const { data, stringData } = object;
  const checksum = sha256(JSON.stringify([data, stringData]));
  return { objects: [{ props: object as unknown as ApiObjectProps, text }], checksum, findings: [], problems: [] };
}

interface EncryptedSecret {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: { readonly name?: unknown; readonly namespace?: unknown };
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly stringData?: Readonly<Record<string, unknown>> | undefined;
  readonly sops?: { readonly mac?: unknown; readonly age?: unknown } | undefined;
}

function parse(text: string): EncryptedSecret | undefined {
  try {
    const value = load(text) as EncryptedSecret | undefined;
    return value?.apiVersion === 'v1' && value.kind === 'Secret' && isRecord(value.metadata) ? value : undefined;
  } catch {
    // The parser's message would quote the text, which may not be encrypted.
    return undefined;
  }
}

function check(
  path: string,
  text: string,
  object: EncryptedSecret,
  secret: PlacedSecret,
  recipients: readonly string[],
): Problem[] {
  const problems: Problem[] = [];
  const { metadata, sops: meta } = object;
  const data = object.data ?? {};
  const stringData = object.stringData ?? {};
  if (metadata.name !== secret.secretName || metadata.namespace !== secret.namespace) {
    problems.push({
      message: `${path}: it holds ${String(metadata.namespace)}/${String(metadata.name)}, and its path says ${secret.namespace}/${secret.secretName}`,
      help: 'Rename the file, or make the Secret again: a changed name breaks the MAC of an encrypted one.',
    });
  }
  const plain = [...leaves('data', data), ...leaves('stringData', stringData), ...outside(object, text)];
  if (!isRecord(meta) || typeof meta.mac !== 'string')
    plain.push('the whole file (there is no sops section with a MAC)');
  if (plain.length > 0) {
    problems.push({
      message: `${path}: not encrypted: ${plain.join(', ')}`,
      why: 'Whoever can read the repository can read it.',
      help: 'Encrypt the file with sops. If it was ever committed like this, replace the values: they are public.',
    });
    return problems;
  }
  const known = new Set([...Object.keys(data), ...Object.keys(stringData)]);
  for (const [key, what] of Object.entries(secret.keys)) {
    if (!known.has(key))
      problems.push({ message: `${path}: key "${key}" is missing (${what})`, help: `Add it with: sops edit ${path}` });
  }
  for (const key of known) {
    if (!Object.hasOwn(secret.keys, key))
      problems.push({
        message: `${path}: key "${key}" is needed by nothing`,
        help: `Remove it with: sops edit ${path}`,
      });
  }
  const actual = Array.isArray(meta?.age)
    ? meta.age.map((entry) => (isRecord(entry) ? entry.recipient : undefined))
    : [];
  const missing = recipients.filter((recipient) => !actual.includes(recipient));
  const kinds = ['kms', 'gcp_kms', 'azure_kv', 'hc_vault', 'pgp', 'hckms', 'key_groups'].filter((kind) =>
    notEmpty(meta, kind),
  );
  const others = [...actual.filter((recipient) => !recipients.includes(String(recipient))), ...kinds];
  if (missing.length > 0 || others.length > 0) {
    problems.push({
      message: `${path}: encrypted to other keys than the cluster's${missing.length > 0 ? `; missing: ${missing.join(', ')}` : ''}${others.length > 0 ? `; not the cluster's: ${others.map(String).join(', ')}` : ''}`,
      help: 'Correct `recipients` in the cluster, or run sops updatekeys on the file.',
    });
  }
  return problems;
}

function leaves(prefix: string, values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).flatMap(([key, value]) =>
    typeof value === 'string' && (encrypted.test(value) || value === '') ? [] : [`${prefix}.${key}`],
  );
}

/** What sops leaves readable and may still hold a value: fields it was not told of, an exported annotation, comments. */
function outside(object: EncryptedSecret, text: string): string[] {
  const known = ['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'data', 'stringData', 'sops'];
  const { annotations } = object.metadata as { annotations?: unknown };
  const exported = 'kubectl.kubernetes.io/last-applied-configuration';
  return [
    ...Object.keys(object).filter((key) => !known.includes(key)),
    ...(isRecord(annotations) && exported in annotations ? [`metadata.annotations["${exported}"]`] : []),
    ...text
      .split('\n')
      .flatMap((line, index) => (/^\s*#(?!ENC\[)/.test(line) ? [`the comment in line ${index + 1}`] : [])),
  ];
}

function notASecret(path: string): Problem {
  return { message: `${path}: not a Secret in YAML`, help: 'It must hold one v1 Secret, encrypted with sops.' };
}

function notEmpty(meta: unknown, key: string): boolean {
  const value = isRecord(meta) ? meta[key] : undefined;
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
