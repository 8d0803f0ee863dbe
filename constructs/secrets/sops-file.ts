import { load } from 'js-yaml';
import type { Problem } from '../problem.ts';
import { secretsCommand } from './secrets-command.ts';

/** A value as sops 3.13 encrypts it (`aes/cipher.go`). */
const encrypted = /^ENC\[AES256_GCM,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:[a-z]+\]$/;

type Fields = Readonly<Record<string, unknown>>;

/** A Secret as a file holds it. Nothing in it is checked but its kind, and that `metadata` is a mapping. */
export interface SopsFile extends Fields {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: Fields;
  readonly data?: Fields | undefined;
  readonly stringData?: Fields | undefined;
  readonly sops?: Fields | undefined;
}

/** One thing that is wrong with a file, and what kind of thing. */
export interface SopsFileProblem {
  /**
   * - `missing`: a key is not there
   * - `stale`: it was made for another name, or holds a key that nothing needs
   * - `plain-text`: what is or may be a value can be read
   * - `wrong-key`: its recipients are not the cluster's
   */
  readonly kind: 'missing' | 'stale' | 'plain-text' | 'wrong-key';
  /** The key of the Secret that it is about; undefined when it is about the whole file. */
  readonly key?: string;
  readonly problem: Problem;
}

/** Kinds of keys that wrap a data key and are not age (`stores/stores.go`), and groups of keys. */
export const otherKeyKinds = ['kms', 'gcp_kms', 'azure_kv', 'hc_vault', 'pgp', 'hckms', 'key_groups'] as const;

/** Reads a file; undefined when it is not one Secret in YAML. */
export function parseSopsFile(text: string): SopsFile | undefined {
  try {
    const value = load(text) as SopsFile | undefined;
    return value?.apiVersion === 'v1' && value.kind === 'Secret' && isRecord(value.metadata) ? value : undefined;
  } catch {
    // The parser's message would quote the text, which may not be encrypted.
    return undefined;
  }
}

export function notASecret(path: string): Problem {
  return {
    message: `${path}: not a Secret in YAML`,
    help: `It must hold one v1 Secret, encrypted with sops. Remove it, and give its values again: ${secretsCommand('set', path, 'KEY')}`,
  };
}

/**
 * All that can be said of a file without a private key. No problem quotes a value.
 *
 * @param secret.keys the keys that are needed, and what each holds where that is known
 */
export function sopsFileProblems(
  path: string,
  text: string,
  file: SopsFile,
  secret: {
    readonly namespace: string;
    readonly secretName: string;
    readonly keys: Readonly<Record<string, string | undefined>>;
    readonly type?: string | undefined;
  },
  recipients: readonly string[],
): SopsFileProblem[] {
  const problems: SopsFileProblem[] = [];
  const { metadata, sops: meta } = file;
  const data = file.data ?? {};
  const stringData = file.stringData ?? {};
  if (metadata.name !== secret.secretName || metadata.namespace !== secret.namespace) {
    problems.push({
      kind: 'stale',
      problem: {
        message: `${path}: it holds ${String(metadata.namespace)}/${String(metadata.name)}, and its path says ${secret.namespace}/${secret.secretName}`,
        help: `Rename the file, or remove it and give its values again: ${secretsCommand('set', path, 'KEY')}. Its MAC covers the name.`,
      },
    });
  }
  const [type, wanted] = [file.type ?? 'Opaque', secret.type ?? 'Opaque'];
  if (type !== wanted) {
    problems.push({
      kind: 'stale',
      problem: {
        message: `${path}: the Secret is of type ${String(type)}, and ${wanted} is needed`,
        why: 'Whoever reads it looks for that type, and Kubernetes does not let it be changed later.',
        help: `Remove the file, and give its values again: ${secretsCommand('set', path, 'KEY')}. Its MAC covers the type.`,
      },
    });
  }
  const plain = [...leaves('data', data), ...leaves('stringData', stringData), ...outside(file, text)];
  if (!isRecord(meta) || typeof meta.mac !== 'string')
    plain.push('the whole file (there is no sops section with a MAC)');
  if (plain.length > 0) {
    problems.push({
      kind: 'plain-text',
      problem: {
        message: `${path}: not encrypted: ${plain.join(', ')}`,
        why: 'Whoever can read the repository can read it.',
        help: `Remove the file, and give its values again: ${secretsCommand('set', path, 'KEY')}. If it was ever committed like this, replace the values: they are public.`,
      },
    });
    return problems;
  }
  const known = new Set([...Object.keys(data), ...Object.keys(stringData)]);
  for (const [key, what] of Object.entries(secret.keys)) {
    if (known.has(key)) continue;
    const message = `${path}: key "${key}" is missing${what === undefined ? '' : ` (${what})`}`;
    problems.push({
      kind: 'missing',
      key,
      problem: { message, help: `Give it a value: ${secretsCommand('set', path, key)}` },
    });
  }
  for (const key of known) {
    if (Object.hasOwn(secret.keys, key)) continue;
    const message = `${path}: key "${key}" is needed by nothing`;
    problems.push({
      kind: 'stale',
      key,
      problem: { message, help: `Remove it: ${secretsCommand('remove', path, key)}` },
    });
  }
  const actual = Array.isArray(meta?.age)
    ? meta.age.map((entry) => (isRecord(entry) ? entry.recipient : undefined))
    : [];
  const missing = recipients.filter((recipient) => !actual.includes(recipient));
  const kinds = otherKeyKinds.filter((kind) => notEmpty(meta, kind));
  const others = [...actual.filter((recipient) => !recipients.includes(String(recipient))), ...kinds];
  if (missing.length > 0 || others.length > 0) {
    problems.push({
      kind: 'wrong-key',
      problem: {
        message: `${path}: encrypted to other keys than the cluster's${missing.length > 0 ? `; missing: ${missing.join(', ')}` : ''}${others.length > 0 ? `; not the cluster's: ${others.map(String).join(', ')}` : ''}`,
        help: `Correct \`recipients\` in the cluster, or encrypt its files again: chitin secrets rotate ${path.split('/')[1]}`,
      },
    });
  }
  return problems;
}

/** Whether a value is one that sops encrypted. */
export function isEncrypted(value: unknown): value is string {
  return typeof value === 'string' && encrypted.test(value);
}

function leaves(prefix: string, values: unknown): string[] {
  // Of a list or a text, the keys would be positions; of an empty one there would be none.
  if (!isRecord(values)) return [prefix];
  return Object.entries(values).flatMap(([key, value]) =>
    isEncrypted(value) || value === '' ? [] : [`${prefix}.${key}`],
  );
}

/** What sops leaves readable and may still hold a value: fields it was not told of, an exported annotation, comments. */
function outside(file: SopsFile, text: string): string[] {
  const known = ['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'data', 'stringData', 'sops'];
  const { annotations } = file.metadata;
  const exported = 'kubectl.kubernetes.io/last-applied-configuration';
  return [
    ...Object.keys(file).filter((key) => !known.includes(key)),
    ...(isRecord(annotations) && exported in annotations ? [`metadata.annotations["${exported}"]`] : []),
    ...text.split('\n').flatMap((line, index) => (readableComment(line) ? [`the comment in line ${index + 1}`] : [])),
  ];
}

/** A comment on a line of its own, or behind a key or a value. A `#` within quotes begins none. */
function readableComment(line: string): boolean {
  return (
    line.includes('#') &&
    /(^|\s)#(?!ENC\[)/.test(line.replace(/(^\s*|[:-]\s+)(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*')/g, '$1'))
  );
}

function notEmpty(meta: unknown, key: string): boolean {
  const value = isRecord(meta) ? meta[key] : undefined;
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
