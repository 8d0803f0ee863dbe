import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import type { SealingScope } from '../../../constructs/secrets/sealing-scope.ts';
import type { SealingCertificate } from './certificate.ts';

/** Bytes of the tag that AES-GCM puts behind the ciphertext. */
const tagBytes = 16;

/**
 * What a value is bound to beside the key: with another label it does not open (`EncryptionLabel` in
 * `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go` of sealed-secrets 0.38).
 */
export function sealingLabel(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  scope: SealingScope,
): Buffer {
  const labels = { strict: `${namespace}/${name}`, 'namespace-wide': namespace, 'cluster-wide': '' };
  return Buffer.from(labels[scope]);
}

/**
 * Seals one value, byte for byte as it is, as `HybridEncrypt` in `pkg/crypto/crypto.go` of sealed-secrets 0.38 does: a
 * length of two bytes (big-endian), a fresh session key in RSA-OAEP with SHA-256, and the value in AES-256-GCM.
 *
 * @returns base64, as `spec.encryptedData` holds it
 */
export function sealValue(certificate: SealingCertificate, label: Uint8Array, value: Uint8Array): string {
  const sessionKey = randomBytes(32);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const block = publicEncrypt(
    { key: certificate.publicKey, padding, oaepHash: 'sha256', oaepLabel: label },
    sessionKey,
  );
  const length = Buffer.alloc(2);
  length.writeUInt16BE(block.length);
  // The format has a nonce of zeros; that is safe because no session key is used twice.
  const cipher = createCipheriv('aes-256-gcm', sessionKey, Buffer.alloc(12));
  const body = [cipher.update(value), cipher.final(), cipher.getAuthTag()];
  sessionKey.fill(0);
  return Buffer.concat([length, block, ...body]).toString('base64');
}

/** How many bytes a sealed value (`isSealed`) has when it is open: its length is no secret. */
export function openLength(sealed: string): number {
  const bytes = Buffer.from(sealed, 'base64');
  return bytes.length - 2 - bytes.readUInt16BE(0) - tagBytes;
}
