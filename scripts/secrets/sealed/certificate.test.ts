import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { expiryProblem, parseCertificate } from './certificate.ts';
import { testKey } from './testing/certificate.ts';

const path = 'clusters/test/sealed-secrets.pem';
const key = testKey({ commonName: 'lab' });

function certificateOf(text: string) {
  const { certificate, problem } = parseCertificate(path, text);
  expect(problem).toBeUndefined();
  if (!certificate) throw new Error('no certificate');
  return certificate;
}

describe('a certificate', () => {
  test('its facts', () => {
    const { subject, notBefore, notAfter, modulus, pem } = certificateOf(key.pem);
    expect({ subject, notBefore, notAfter, bits: modulus.length * 8, pem }).toEqual({
      subject: 'CN=lab',
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2036-01-01T00:00:00Z'),
      bits: 2048,
      pem: key.pem,
    });
  });

  test('its text may have other line ends and text around it; the first of several counts', () => {
    const other = testKey();
    const text = `subject=CN = lab\r\n${key.pem.replaceAll('\n', '\r\n')}${other.pem}`;
    expect(certificateOf(text).pem).toBe(key.pem);
  });

  test('the key fingerprint is that of the key: a certificate that is issued again keeps it', () => {
    const again = testKey({ ...key, notAfterYear: '37' });
    const [a, b] = [certificateOf(key.pem), certificateOf(again.pem)];
    expect(a.fingerprint).not.toBe(b.fingerprint);
    expect(a.keyFingerprint).toBe(b.keyFingerprint);
    expect(a.keyFingerprint).not.toBe(certificateOf(testKey().pem).keyFingerprint);
  });

  test('without a subject, as the controller makes it', () => {
    expect(certificateOf(testKey({ commonName: null }).pem).subject).toBe('');
  });

  test('a subject cannot write to a terminal', () => {
    expect(certificateOf(testKey({ commonName: 'a\u001b[2J\u202eb' }).pem).subject).not.toMatch(/\p{C}/u);
  });

  test.runIf(hasOpenssl())('the fingerprints are those that openssl shows', () => {
    const openssl = (args: readonly string[], input: string | Buffer) => execFileSync('openssl', args, { input });
    const { fingerprint, keyFingerprint } = certificateOf(key.pem);
    const shown = openssl(['x509', '-noout', '-fingerprint', '-sha256'], key.pem).toString();
    expect(shown.trim().split('=')[1]?.replaceAll(':', '').toLowerCase()).toBe(fingerprint);
    const publicKey = openssl(['pkey', '-pubin', '-outform', 'DER'], openssl(['x509', '-noout', '-pubkey'], key.pem));
    expect(openssl(['dgst', '-sha256', '-r'], publicKey).toString().split(' ')[0]).toBe(keyFingerprint);
  });
});

describe('refused', () => {
  const refusal = (text: string) => parseCertificate(path, text).problem?.message;

  test.each([
    ['no text', ''],
    ['other text', 'a certificate\n'],
    ['a certificate that is cut off', `${key.pem.slice(0, 300)}\n-----END CERTIFICATE-----\n`],
    ['a public key', key.publicKey.export({ format: 'pem', type: 'spki' }).toString()],
  ])('%s', (_, text) => {
    expect(refusal(text)).toBe(`${path}: no certificate in PEM`);
  });

  test('a private key beside it', () => {
    const label = ['PRIVATE', 'KEY'].join(' ');
    const text = `${key.pem}-----BEGIN ${label}-----\nreadable\n-----END ${label}-----\n`;
    const { problem } = parseCertificate(path, text);
    expect(problem?.message).toBe(`${path}: it holds a private key`);
    expect(JSON.stringify(problem)).not.toContain('readable');
  });

  test('a key of an elliptic curve', () => {
    expect(refusal(testKey({ type: 'ec' }).pem)).toBe(`${path}: the certificate's key is of type ec, and not RSA`);
  });

  test.each([1024, 2056])('%i bits', (bits) => {
    expect(refusal(testKey({ bits }).pem)).toBe(`${path}: the certificate's RSA key has ${bits} bits`);
  });
});

test('it expires after its last second', () => {
  const certificate = certificateOf(key.pem);
  const expired = (time: string) => expiryProblem(path, certificate, new Date(time))?.message;
  expect(expired('2036-01-01T00:00:00Z')).toBeUndefined();
  expect(expired('2036-01-01T00:00:01Z')).toBe(`${path}: the certificate expired on 2036-01-01`);
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    console.warn('skipped: fingerprints as openssl shows them: openssl is not on the PATH');
    return false;
  }
}
