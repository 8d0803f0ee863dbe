import { expect, test } from 'vitest';
import { pinOf } from './pin.ts';
import { testKey } from './testing/certificate.ts';

const path = 'clusters/test/sealed-secrets.pem';
const [old, next] = [testKey({ commonName: 'old' }), testKey({ commonName: 'next' })];
const now = new Date('2026-10-01T00:00:00Z');
const pin = (pinned: string | undefined, given: string) =>
  pinOf({ path, text: pinned }, { path: 'given.pem', text: given }, now);

test('the first certificate of a cluster', () => {
  const { next: facts, ...rest } = pin(undefined, `some text\n${next.pem}`);
  expect(rest).toEqual({ text: next.pem, old: undefined, replaces: false, otherKey: false });
  expect(facts).toEqual({
    subject: 'CN=next',
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2036-01-01T00:00:00.000Z',
    bits: 2048,
    fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
    keyFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('another one is shown beside the old', () => {
  const { replaces, otherKey, old: before, next: after } = pin(old.pem, next.pem);
  expect([replaces, otherKey, before?.subject, after.subject]).toEqual([true, true, 'CN=old', 'CN=next']);
});

test('the same one, and one that was issued again for the same key', () => {
  expect(pin(old.pem, old.pem)).toMatchObject({ replaces: false, otherKey: false });
  expect(pin(old.pem, testKey({ ...old, notAfterYear: '40' }).pem)).toMatchObject({ replaces: true, otherKey: false });
});

test('a file that holds none is replaced too', () => {
  expect(pin('x', next.pem)).toMatchObject({ old: undefined, replaces: true });
});

test('refused: what no value can be sealed for', () => {
  expect(() => pin(old.pem, 'x')).toThrow('given.pem: no certificate in PEM');
  expect(() => pin(old.pem, testKey({ notAfterYear: '26' }).pem)).toThrow('given.pem: the certificate expired on');
  expect(() => pin(old.pem, testKey({ type: 'ec' }).pem)).toThrow('is of type ec, and not RSA');
});
