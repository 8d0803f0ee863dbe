import type { WrappedKey } from './data-key.ts';
import { encryptedRegex, type ValueField } from './secret-document.ts';

/** The version of sops whose format we write. */
const sopsVersion = '3.13.3';

/** A Secret as sops 3.13 writes it: four spaces, `sops` last. Its MAC is still to be made of what it then holds. */
export function secretText(secret: {
  readonly namespace: string;
  readonly name: string;
  readonly type?: string | undefined;
  readonly fields: Readonly<Record<ValueField, readonly (readonly [key: string, ciphertext: string])[]>>;
  readonly wrapped: readonly WrappedKey[];
  readonly lastmodified: string;
}): string {
  const { fields } = secret;
  const block = (field: ValueField) =>
    fields[field].length === 0 ? [] : [`${field}:`, ...fields[field].map(([key, text]) => entryLine(4, key, text))];
  const lines = [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    entryLine(4, 'name', yamlKey(secret.name)),
    entryLine(4, 'namespace', yamlKey(secret.namespace)),
    ...(secret.type === undefined ? [] : [`type: ${secret.type}`]),
    ...block('stringData'),
    ...block('data'),
    'sops:',
    ...wrappedLines(4, secret.wrapped),
    `    encrypted_regex: ${encryptedRegex}`,
    `    lastmodified: "${secret.lastmodified}"`,
    '    mac: unsealed',
    `    version: ${sopsVersion}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** A key of the Secret with its ciphertext; an empty value is `""`. */
export function entryLine(indent: number, key: string, ciphertext: string): string {
  return `${' '.repeat(indent)}${yamlKey(key)}: ${ciphertext === '' ? '""' : ciphertext}`;
}

/** The `age` entry of the sops section, whose indentation is that of the whole file. */
export function wrappedLines(indent: number, wrapped: readonly WrappedKey[]): string[] {
  const [dash, content] = [' '.repeat(2 * indent), ' '.repeat(Math.max(3 * indent, 2 * indent + 4))];
  return [
    `${' '.repeat(indent)}age:`,
    ...wrapped.flatMap(({ recipient, enc }) => [
      `${dash}- enc: |`,
      ...enc
        .trim()
        .split(/\r?\n/)
        .map((line) => `${content}${line}`),
      `${dash}  recipient: ${recipient}`,
    ]),
  ];
}

/** Plain where every reader takes it for a string: not the words of YAML 1.1, nor what is like a number. */
function yamlKey(key: string): string {
  const word = /^(?:y|yes|n|no|true|false|on|off|null|\.inf|\.nan)$/i.test(key);
  return !word && /^(?:[A-Za-z_]|\.[A-Za-z_])[-._A-Za-z0-9]*$/.test(key) ? key : `"${key}"`;
}
