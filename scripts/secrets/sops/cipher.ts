import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const nonceSize = 32;
const tagSize = 16;

/** Types of values that sops 3.13 knows (`aes/cipher.go`). */
const types = ['str', 'int', 'float', 'bool', 'bytes', 'time', 'comment'] as const;

export interface Plaintext {
  readonly bytes: Uint8Array;
  readonly type: (typeof types)[number];
}

/**
 * A value as sops 3.13 encrypts it: AES-256-GCM with a nonce of 32 bytes (`aes/cipher.go`). An empty value stays empty, so
 * that whoever reads the file sees that it is, and how long every other is.
 *
 * @param additionalData the path with a colon behind each step, `stringData:token:`; for the MAC, `lastmodified`
 */
export function encryptValue(
  bytes: Uint8Array,
  dataKey: Uint8Array,
  additionalData: string,
  type: Plaintext['type'] = 'str',
): string {
  if (bytes.length === 0) return '';
  const iv = randomBytes(nonceSize);
  const cipher = createCipheriv('aes-256-gcm', dataKey, iv, { authTagLength: tagSize });
  cipher.setAAD(Buffer.from(additionalData));
  const data = Buffer.concat([cipher.update(bytes), cipher.final()]);
  const [d, i, t] = [data, iv, cipher.getAuthTag()].map((part) => part.toString('base64'));
  return `ENC[AES256_GCM,data:${d},iv:${i},tag:${t},type:${type}]`;
}

/** Opens a value; undefined when it is not one that sops wrote, or was made with another key, path or content. */
export function decryptValue(text: string, dataKey: Uint8Array, additionalData: string): Plaintext | undefined {
  if (text === '') return { bytes: new Uint8Array(), type: 'str' };
  const [, ...parts] = /^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]$/.exec(text) ?? [];
  const [data, iv, tag] = parts.slice(0, 3).map(base64);
  const type = types.find((name) => name === parts[3]);
  if (!data || !iv || !tag || !type) return undefined;
  try {
    // Node 24 takes shorter tags when it is not told: each byte less makes a forgery 256 times easier.
    const decipher = createDecipheriv('aes-256-gcm', dataKey, iv, { authTagLength: tagSize });
    decipher.setAAD(Buffer.from(additionalData));
    decipher.setAuthTag(tag);
    return { bytes: Buffer.concat([decipher.update(data), decipher.final()]), type };
  } catch {
    return undefined;
  }
}

/** Bytes of base64 with its padding; undefined for anything else, which `Buffer.from` would read as far as it goes. */
export function base64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
