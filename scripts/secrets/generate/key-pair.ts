import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { generateIdentity, identityToRecipient } from 'age-encryption';

/** A key pair: the private half is the value of a key, the public one is shown. */
export interface KeyPair {
  readonly value: string;
  readonly publicPart: string;
  /** What the public part is, in words. */
  readonly publicName: string;
}

/** An age key file, as age-keygen writes one without its comments. */
export async function ageKeyPair(): Promise<KeyPair> {
  const identity = await generateIdentity();
  const publicPart = await identityToRecipient(identity);
  return { value: `${identity}\n`, publicPart, publicName: 'recipient' };
}

/** An Ed25519 key in PEM: PKCS #8 (RFC 8410), and SubjectPublicKeyInfo. */
export function ed25519KeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    value: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPart: publicKey.export({ type: 'spki', format: 'pem' }).toString().trimEnd(),
    publicName: 'public key',
  };
}

/**
 * An Ed25519 key as OpenSSH writes it (`PROTOCOL.key` of OpenSSH: `openssh-key-v1`), without a passphrase, and its line for
 * `authorized_keys`.
 *
 * @param comment what follows the public key, to tell it from others
 */
export function sshKeyPair(comment: string): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const seed = Buffer.from(d, 'base64url');
  const point = Buffer.from(x, 'base64url');
  const publicBlob = Buffer.concat([text('ssh-ed25519'), bytes(point)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, publicBlob, bytes(Buffer.concat([seed, point])), text(comment)]);
  // Blocks of 8 bytes when nothing is encrypted, padded with 1, 2, 3, ….
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    count,
    bytes(publicBlob),
    bytes(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  const label = 'OPENSSH PRIVATE KEY';
  return {
    value: [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n'),
    publicPart: `ssh-ed25519 ${publicBlob.toString('base64')} ${comment}`,
    publicName: 'public key',
  };
}

function bytes(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

function text(content: string): Buffer {
  return bytes(Buffer.from(content));
}
