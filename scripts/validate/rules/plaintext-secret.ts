import { member } from '../../manifest/json-path.ts';
import { type KubeObject, objectName } from '../../manifest/manifest.ts';
import { fields, text } from '../../manifest/pod-specs.ts';
import type { Rule, Violation } from '../rule.ts';

/** A value as sops 3.13 encrypts it (`aes/cipher.go`). */
const encrypted = /^ENC\[AES256_GCM,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:[a-z]+\]$/;

export const plaintextSecret: Rule = {
  id: 'plaintext-secret',
  severity: 'error',
  doc: 'A Secret, and what a controller makes one from, carries no readable value: base64 is not encryption, and Git forgets nothing.',
  check: (manifests) =>
    manifests.flatMap((manifest) =>
      readableValues(manifest.object).map(
        (path): Violation => ({
          manifest,
          path,
          message: `${objectName(manifest.object)} has a readable value`,
          why: 'Whoever can read the repository can read it, and base64 is not encryption.',
          help: "Let the cluster's secret backend carry it, and replace the value if it was ever committed.",
        }),
      ),
    ),
};

/** JSON paths of the values that are not encrypted. */
function readableValues(object: KubeObject): string[] {
  const { apiVersion, kind } = object;
  const entries = (path: string, values: unknown, fine: (value: string) => boolean) =>
    Object.entries(fields(values))
      .filter(([, value]) => value !== '' && !fine(text(value) ?? ''))
      .map(([key]) => member(path, key));
  if (apiVersion === 'v1' && kind === 'Secret') {
    return ['data', 'stringData'].flatMap((field) =>
      entries(`$.${field}`, object[field], (value) => encrypted.test(value)),
    );
  }
  if (apiVersion.startsWith('bitnami.com/') && kind === 'SealedSecret') {
    const spec = fields(object.spec);
    return [
      ...entries('$.spec.encryptedData', spec.encryptedData, isSealed),
      // A template puts opened values into text; text without one is a value by itself.
      ...entries('$.spec.template.data', fields(spec.template).data, (value) => value.includes('{{')),
    ];
  }
  return [];
}

/**
 * Whether a value is as kubeseal 0.38 writes it (`HybridEncrypt` in `pkg/crypto/crypto.go`): base64 of a length (two bytes,
 * big-endian), that many bytes of RSA-OAEP with a key of 2048 to 8192 bits, and AES-GCM, whose tag alone has 16 bytes.
 */
function isSealed(value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length < 2 || bytes.toString('base64') !== value) return false;
  const block = bytes.readUInt16BE(0);
  return block >= 256 && block <= 1024 && block % 128 === 0 && bytes.length >= 2 + block + 16;
}
