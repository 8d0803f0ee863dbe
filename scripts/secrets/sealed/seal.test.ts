import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isSealed } from '../../../constructs/secrets/sealed-value.ts';
import { parseCertificate } from './certificate.ts';
import { openLength, sealingLabel, sealValue } from './seal.ts';
import { open, testKey } from './testing/certificate.ts';

const key = testKey();
const { certificate } = parseCertificate('a.pem', key.pem);
if (!certificate) throw new Error('no certificate');
const place = { namespace: 'demo', name: 'agent-token' };

test.each([
  ['text', Buffer.from('dummy')],
  ['nothing', Buffer.alloc(0)],
  ['every byte', Buffer.from(Array.from({ length: 256 }, (_, index) => index))],
  ['CRLF and a newline at the end', Buffer.from('a\r\nb\r\n')],
  ['Unicode, as it was given', Buffer.from('\ufeffpä\u0301ss🔑\u0000')],
  ['1 MiB', randomBytes(1024 * 1024)],
])('%s comes back byte for byte', (_, value) => {
  const sealed = sealValue(certificate, sealingLabel(place, 'strict'), value);
  expect(isSealed(sealed)).toBe(true);
  expect(openLength(sealed)).toBe(value.length);
  expect(open(key, 'demo/agent-token', sealed).equals(value)).toBe(true);
});

test.each([
  ['strict', 'demo/agent-token'],
  ['namespace-wide', 'demo'],
  ['cluster-wide', ''],
] as const)('%s opens under its own label alone', (scope, label) => {
  const sealed = sealValue(certificate, sealingLabel(place, scope), Buffer.from('dummy'));
  for (const other of ['demo/agent-token', 'demo', '', 'demo/other', 'other'])
    if (other === label) expect(open(key, other, sealed).toString()).toBe('dummy');
    else expect(() => open(key, other, sealed)).toThrow();
});

test('nothing is used twice: neither the session key nor the padding', () => {
  const sealed = Array.from({ length: 3 }, () =>
    Buffer.from(sealValue(certificate, sealingLabel(place, 'strict'), Buffer.from('dummy')), 'base64'),
  );
  expect(new Set(sealed.map((bytes) => bytes.subarray(2, 258).toString('hex'))).size).toBe(3);
  // The nonce is zero, so an equal session key would show as an equal ciphertext.
  expect(new Set(sealed.map((bytes) => bytes.subarray(258).toString('hex'))).size).toBe(3);
});
