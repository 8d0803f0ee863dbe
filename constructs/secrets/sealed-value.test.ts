import { expect, test } from 'vitest';
import { isSealed } from './sealed-value.ts';
import { token } from './testing/sealed-secret.ts';

test('a sealed value is told by its form', () => {
  const form = (block: number, said: number, tag: number) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(said);
    return Buffer.concat([length, Buffer.alloc(block + tag, 7)]).toString('base64');
  };
  for (const bytes of [256, 384, 512, 1024]) {
    expect(isSealed(form(bytes, bytes, 16))).toBe(true);
    expect(isSealed(form(bytes, bytes, 15))).toBe(false);
  }
  expect(isSealed(token)).toBe(true);
  const no = [
    '',
    'correct horse battery staple',
    Buffer.from('correct horse battery staple'.repeat(20)).toString('base64'),
    token.slice(0, -4 * 8),
    `${token.slice(0, 40)}\n${token.slice(40)}`,
    ` ${token}`,
    token.slice(1),
    form(128, 128, 16),
    form(2048, 2048, 16),
    form(256, 255, 17),
    form(256, 512, 16),
    [token],
    7,
    null,
    undefined,
  ];
  for (const value of no) expect(isSealed(value)).toBe(false);
});
