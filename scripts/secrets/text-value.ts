import { isUtf8 } from 'node:buffer';

/** A value as it is kept, and what was done to it, in words for the person who gave it. */
export interface ReadValue {
  readonly value: Uint8Array;
  readonly notes: readonly string[];
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * A value of one line loses the newline at its end, which editors and `echo` put there and which no token has; a text of
 * several lines (a private key, a kubeconfig) and binary data stay byte for byte, since some programs want theirs.
 *
 * @param keep leave the newline of a value of one line too
 */
export function readValue(bytes: Uint8Array, keep: boolean): ReadValue {
  if (!isUtf8(bytes)) return { value: bytes, notes: ['It is not text: kept byte for byte.'] };
  const first = bytes.indexOf(lineFeed);
  if (first === -1) return { value: bytes, notes: [] };
  if (first === bytes.length - 1) {
    if (keep) return { value: bytes, notes: ['The newline at its end was kept.'] };
    const end = bytes[first - 1] === carriageReturn ? first - 1 : first;
    return { value: bytes.subarray(0, end), notes: ['The newline at its end was left out (--keep-newline keeps it).'] };
  }
  const crlf = bytes.some((byte, index) => byte === lineFeed && bytes[index - 1] === carriageReturn);
  return {
    value: bytes,
    notes: crlf
      ? ['It has several lines, some with CRLF at the end: kept byte for byte.']
      : ['It has several lines: kept byte for byte.'],
  };
}
