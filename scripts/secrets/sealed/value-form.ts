import { isSealed } from '../../../constructs/secrets/sealed-value.ts';
import type { FindingKind } from '../keeper.ts';
import type { SealingCertificate } from './certificate.ts';

/** What the form of a value shows to be wrong. */
export interface FormFault {
  readonly kind: FindingKind;
  /** Completes `key "…" `. */
  readonly what: string;
  readonly why: string;
}

/** Checks a value as far as its form tells: that it is a ciphertext, and that it can be one for the certificate's key. */
export function formFault(value: unknown, certificate: SealingCertificate | undefined): FormFault | undefined {
  if (!isSealed(value)) {
    return isCut(value)
      ? {
          kind: 'damaged',
          what: 'is a sealed value that was cut off or changed',
          why: 'The controller could not open it.',
        }
      : {
          kind: 'plain-text',
          what: 'is not sealed',
          why: 'Whoever can read the repository can read what is not sealed. If it was ever committed like this, it is public.',
        };
  }
  if (!certificate) return undefined;
  const bytes = Buffer.from(value, 'base64');
  const block = bytes.subarray(2, 2 + bytes.readUInt16BE(0));
  const { modulus } = certificate;
  if (block.length !== modulus.length) {
    return {
      kind: 'wrong-key',
      what: `is sealed for a key of ${block.length * 8} bits, and the pinned certificate's has ${modulus.length * 8}`,
      why: 'The controller opens it only if it keeps that other key.',
    };
  }
  // RSA gives numbers below the modulus.
  if (Buffer.compare(block, modulus) >= 0) {
    return {
      kind: 'wrong-key',
      what: "is not sealed for the pinned certificate's key, or it was changed since",
      why: 'Its first block is a number that no ciphertext of that key can be.',
    };
  }
  return undefined;
}

/** Whether a text begins as a sealed value does, so that it is the rest of one rather than something readable. */
function isCut(value: unknown): boolean {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]{8,}={0,2}$/.test(value)) return false;
  const block = Buffer.from(value.slice(0, 4), 'base64').readUInt16BE(0);
  return block >= 256 && block <= 1024 && block % 128 === 0;
}
