import { hash, type KeyObject, X509Certificate } from 'node:crypto';
import type { Problem } from '../../../constructs/problem.ts';

/** A controller's public certificate, for which values are sealed. */
export interface SealingCertificate {
  /** The one certificate in PEM, with a newline at its end: what is committed. */
  readonly pem: string;
  readonly publicKey: KeyObject;
  /** The modulus of the RSA key, big-endian. */
  readonly modulus: Buffer;
  /** As one line, without control characters: whoever made the certificate chose the text. The controller's own has none: ''. */
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the certificate (DER), in hexadecimal: `openssl x509 -noout -fingerprint -sha256` shows the same. */
  readonly fingerprint: string;
  /**
   * SHA-256 of the certificate's key (DER of SubjectPublicKeyInfo), in hexadecimal. The key alone decides what can be
   * opened: a certificate that is issued again for the same key opens the same values.
   */
  readonly keyFingerprint: string;
}

/** A certificate, or why there is none. */
export type ParsedCertificate =
  | { readonly certificate: SealingCertificate; readonly problem?: undefined }
  | { readonly certificate?: undefined; readonly problem: Problem };

/**
 * Reads a certificate in PEM. Of several in one text the first counts, as for kubeseal 0.38 (`ParseKey` in
 * `pkg/kubeseal/kubeseal.go`).
 *
 * @param path as a problem shows it
 */
export function parseCertificate(path: string, text: string): ParsedCertificate {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return problem(
      `${path}: it holds a private key`,
      'Whoever has the private key opens every value that was ever sealed for it.',
      'Give the certificate alone. If the file was ever committed, make a new sealing key, and replace the values.',
    );
  }
  const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0];
  const x509 = pem === undefined ? undefined : parse(pem);
  if (x509 === undefined) {
    return problem(
      `${path}: no certificate in PEM`,
      undefined,
      'It must hold what the controller serves at /v1/cert.pem: chitin secrets cert pull, or kubeseal --fetch-cert.',
    );
  }
  const { publicKey } = x509;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  if (publicKey.asymmetricKeyType !== 'rsa' || bits === undefined) {
    return problem(
      `${path}: the certificate's key is of type ${publicKey.asymmetricKeyType ?? 'unknown'}, and not RSA`,
      'Values are sealed with RSA-OAEP.',
      'Give the certificate of the sealed-secrets controller.',
    );
  }
  if (bits < 2048 || bits > 8192 || bits % 1024 !== 0) {
    return problem(
      `${path}: the certificate's RSA key has ${bits} bits`,
      'A key of the controller has 2048, 3072, 4096 or more bits, 8192 at most; the default is 4096.',
      'Give the certificate of the sealed-secrets controller.',
    );
  }
  const certificate = {
    pem: x509.toString(),
    publicKey,
    modulus: Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url'),
    // Node's types do not say that a certificate without a subject has none.
    subject: ((x509.subject as string | undefined) ?? '').replaceAll('\n', ', ').replace(/\p{C}/gu, '\ufffd'),
    notBefore: x509.validFromDate,
    notAfter: x509.validToDate,
    fingerprint: hash('sha256', x509.raw),
    keyFingerprint: hash('sha256', publicKey.export({ format: 'der', type: 'spki' })),
  };
  return { certificate };
}

/** Why nothing may be sealed for a certificate any more; kubeseal refuses the same. */
export function expiryProblem(path: string, certificate: SealingCertificate, now: Date): Problem | undefined {
  if (now <= certificate.notAfter) return undefined;
  return {
    message: `${path}: the certificate expired on ${certificate.notAfter.toISOString().slice(0, 10)}`,
    why: 'The controller makes a new key long before one expires. It opens old values as long as it keeps the old key; nothing should be sealed for it any more.',
    help: 'Pin the newest certificate with chitin secrets cert pull, and give the values again: chitin secrets rotate says which.',
  };
}

function parse(pem: string): X509Certificate | undefined {
  try {
    const x509 = new X509Certificate(pem);
    // A key of a type that OpenSSL does not know throws when it is asked for.
    void x509.publicKey;
    return x509;
  } catch {
    return undefined;
  }
}

function problem(message: string, why: string | undefined, help: string): ParsedCertificate {
  return { problem: { message, why, help } };
}
