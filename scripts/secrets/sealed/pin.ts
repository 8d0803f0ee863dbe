import { expiryProblem, parseCertificate, type SealingCertificate } from './certificate.ts';
import { refused } from './refused.ts';

/** What a person compares before a certificate is pinned. */
export interface CertificateFacts {
  readonly subject: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly bits: number;
  /** SHA-256 of the certificate, as `openssl x509 -noout -fingerprint -sha256` writes it. */
  readonly fingerprint: string;
  /** SHA-256 of its key, as the record names it. */
  readonly keyFingerprint: string;
}

export function certificateFacts(certificate: SealingCertificate): CertificateFacts {
  const { subject, notBefore, notAfter, modulus, fingerprint, keyFingerprint } = certificate;
  return {
    subject,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    bits: modulus.length * 8,
    fingerprint: fingerprint.toUpperCase().replace(/..(?=.)/g, '$&:'),
    keyFingerprint,
  };
}

/** A certificate that may be pinned, beside the one that is. */
export interface Pin {
  /** The file's new text. */
  readonly text: string;
  readonly next: CertificateFacts;
  /** The certificate that is pinned; undefined when there is none that can be read. */
  readonly old: CertificateFacts | undefined;
  /** Whether the file holds another certificate, or what is none, which this one would replace. */
  readonly replaces: boolean;
  /** Whether values that were sealed for the old one have to be sealed again. */
  readonly otherKey: boolean;
}

/**
 * Compares a certificate with the pinned one.
 *
 * @param pinned the file of the pinned one; no text when there is none
 * @param given where the new one comes from, as an error shows it, and its text
 * @throws UsageError when it is none for which values can be sealed
 */
export function pinOf(
  pinned: { readonly path: string; readonly text: string | undefined },
  given: { readonly path: string; readonly text: string },
  now: Date,
): Pin {
  const { certificate, problem } = parseCertificate(given.path, given.text);
  if (problem) throw refused(problem);
  const expired = expiryProblem(given.path, certificate, now);
  if (expired) throw refused(expired);
  const old = pinned.text === undefined ? undefined : parseCertificate(pinned.path, pinned.text).certificate;
  return {
    text: certificate.pem,
    next: certificateFacts(certificate),
    old: old && certificateFacts(old),
    replaces: pinned.text !== undefined && old?.fingerprint !== certificate.fingerprint,
    otherKey: old !== undefined && old.keyFingerprint !== certificate.keyFingerprint,
  };
}
