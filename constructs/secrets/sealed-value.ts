/**
 * Whether a value is as kubeseal 0.38 writes it (`HybridEncrypt` in `pkg/crypto/crypto.go`): base64 of a length (two bytes,
 * big-endian), that many bytes of RSA-OAEP, and AES-GCM, whose tag alone has 16 bytes. The first block is as long as the
 * controller's key: 2048 to 8192 bits.
 */
export function isSealed(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const bytes = Buffer.from(value, 'base64');
  // Decoding passes over whatever is not base64, so only the way back tells.
  if (bytes.length < 2 || bytes.toString('base64') !== value) return false;
  const block = bytes.readUInt16BE(0);
  return block >= 256 && block <= 1024 && block % 128 === 0 && bytes.length >= 2 + block + 16;
}
