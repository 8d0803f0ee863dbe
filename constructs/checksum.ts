import { hash } from 'node:crypto';

/** SHA-256 of text, in hexadecimal. */
export function sha256(text: string): string {
  return hash('sha256', text);
}
