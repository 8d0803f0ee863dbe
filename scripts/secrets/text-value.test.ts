import { expect, test } from 'vitest';
import { readValue } from './text-value.ts';

const text = (value: string, keep = false) => {
  const read = readValue(Buffer.from(value), keep);
  return [Buffer.from(read.value).toString(), read.notes.length];
};

test('a value of one line loses the newline at its end, and nothing else', () => {
  expect(text('token\n')).toEqual(['token', 1]);
  expect(text('token\r\n')).toEqual(['token', 1]);
  expect(text(' token \n')).toEqual([' token ', 1]);
  expect(text('token')).toEqual(['token', 0]);
  expect(text('token\r')).toEqual(['token\r', 0]);
  expect(text('pässwörd 🔑\n')).toEqual(['pässwörd 🔑', 1]);
  expect(text('token\n', true)).toEqual(['token\n', 1]);
});

test('a text of several lines stays byte for byte', () => {
  for (const value of ['a\nb\n', 'a\nb', '\nb', 'a\n\n', 'a\r\nb\r\n']) expect(text(value)).toEqual([value, 1]);
  expect(readValue(Buffer.from('a\r\nb\r\n'), false).notes).toEqual([
    'It has several lines, some with CRLF at the end: kept byte for byte.',
  ]);
});

test('binary data stays byte for byte', () => {
  const bytes = Buffer.from([0xff, 0x00, 0x0a]);
  expect(readValue(bytes, false)).toEqual({ value: bytes, notes: ['It is not text: kept byte for byte.'] });
});
