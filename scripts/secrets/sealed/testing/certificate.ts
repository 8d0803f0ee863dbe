import { constants, createDecipheriv, generateKeyPairSync, type KeyObject, privateDecrypt, sign } from 'node:crypto';

/** A key pair that lives as long as the test, and its certificate in PEM. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly pem: string;
}

/** What is different from a certificate of 2048 bits RSA, valid from 2026 to 2036. */
export interface TestCertificate {
  readonly bits?: number;
  readonly type?: 'rsa' | 'ec';
  /** Two digits. */
  readonly notAfterYear?: string;
  /** None leaves the subject empty. @default 'test' */
  readonly commonName?: string | null;
  /** Of another certificate, to issue one again for it. */
  readonly privateKey?: KeyObject;
  readonly publicKey?: KeyObject;
}

/** Makes a self-signed X.509 certificate (RFC 5280), as the controller does when it starts. */
export function testKey(options: TestCertificate = {}): TestKey & { readonly publicKey: KeyObject } {
  const { bits = 2048, type = 'rsa', notAfterYear = '36', commonName = 'test' } = options;
  const { privateKey, publicKey } =
    options.privateKey && options.publicKey
      ? { privateKey: options.privateKey, publicKey: options.publicKey }
      : type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: bits })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = type === 'rsa' ? der(0x30, oid.sha256WithRsa, der(0x05)) : der(0x30, oid.ecdsaWithSha256);
  const name =
    commonName === null
      ? der(0x30)
      : der(0x30, der(0x31, der(0x30, oid.commonName, der(0x0c, Buffer.from(commonName)))));
  const time = (year: string) => der(0x17, Buffer.from(`${year}0101000000Z`));
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const serial = der(0x02, Buffer.of(1));
  const body = der(0x30, serial, algorithm, name, der(0x30, time('26'), time(notAfterYear)), name, spki);
  const signature = der(0x03, Buffer.of(0), sign('sha256', body, privateKey));
  const base64 = der(0x30, body, algorithm, signature)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return { privateKey, publicKey, pem: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n` };
}

/** Opens a sealed value as the controller does (`singleDecrypt` in `pkg/crypto/crypto.go` of sealed-secrets 0.38). */
export function open({ privateKey }: TestKey, label: string, sealed: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64');
  const end = 2 + bytes.readUInt16BE(0);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const oaepLabel = Buffer.from(label);
  const sessionKey = privateDecrypt(
    { key: privateKey, padding, oaepHash: 'sha256', oaepLabel },
    bytes.subarray(2, end),
  );
  const decipher = createDecipheriv('aes-256-gcm', sessionKey, Buffer.alloc(12));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(end, -16)), decipher.final()]);
}

const oid = {
  sha256WithRsa: Buffer.from('06092a864886f70d01010b', 'hex'),
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  commonName: Buffer.from('0603550403', 'hex'),
};

/** A DER element. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}
