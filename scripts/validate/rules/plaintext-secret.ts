import { member } from '../../manifest/json-path.ts';
import { fields, text } from '../../manifest/pod-specs.ts';
import type { Rule, Violation } from '../rule.ts';

/** A value as sops 3.13 encrypts it (`aes/cipher.go`). */
const encrypted = /^ENC\[AES256_GCM,data:[A-Za-z0-9+/=]*,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:[a-z]+\]$/;

export const plaintextSecret: Rule = {
  id: 'plaintext-secret',
  severity: 'error',
  doc: 'A Secret carries no readable value: base64 is not encryption, and Git forgets nothing.',
  check: (manifests) =>
    manifests.flatMap((manifest) => {
      const { object } = manifest;
      if (object.apiVersion !== 'v1' || object.kind !== 'Secret') return [];
      return ['data', 'stringData'].flatMap((field): Violation[] =>
        Object.entries(fields(object[field]))
          .filter(([, value]) => value !== '' && !encrypted.test(text(value) ?? ''))
          .map(([key]) => ({
            manifest,
            path: member(`$.${field}`, key),
            message: `Secret ${object.metadata.namespace ?? ''}/${object.metadata.name} has a readable value`,
            why: 'Whoever can read the repository can read it, and base64 is not encryption.',
            help: "Let the cluster's secret backend carry it, and replace the value if it was ever committed.",
          })),
      );
    }),
};
