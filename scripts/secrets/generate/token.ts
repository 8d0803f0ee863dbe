import { randomBytes, randomInt } from 'node:crypto';

/** Characters that a token may be made of. */
export const alphabets = {
  hex: '0123456789abcdef',
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
} as const;

export type Alphabet = keyof typeof alphabets;

/** A random token with as many random bits as `bytes` bytes have, or a few more. */
export function token(bytes: number, alphabet: Alphabet): string {
  if (alphabet === 'hex' || alphabet === 'base64url') return randomBytes(bytes).toString(alphabet);
  const characters = alphabets[alphabet];
  const length = Math.ceil((bytes * 8) / Math.log2(characters.length));
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}
