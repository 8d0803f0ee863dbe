import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ciphertextHash, type RecordLine, SealingRecord } from './record.ts';

const line = (more: Partial<RecordLine>): RecordLine => ({
  namespace: 'demo',
  name: 'agent',
  key: 'token',
  scope: 'strict',
  sealedFor: 'a'.repeat(64),
  ciphertext: 'b'.repeat(64),
  origin: 'sealed',
  ...more,
});
const text = `{"namespace":"demo","name":"agent","key":"token","scope":"strict","sealedFor":"${'a'.repeat(64)}","ciphertext":"${'b'.repeat(64)}","origin":"sealed"}\n`;

test('one line for each value, sorted by namespace, name and key', () => {
  const record = new SealingRecord(undefined);
  expect(record.format()).toBe('');
  record.put({ namespace: 'web', name: 'a' }, [line({ namespace: 'web', name: 'a' })]);
  record.put({ namespace: 'demo', name: 'agent-2' }, [line({ name: 'agent-2' })]);
  record.put({ namespace: 'demo', name: 'agent' }, [line({ key: 'user' }), line({})]);
  const written = record.format();
  expect(written.startsWith(text)).toBe(true);
  const order = written.split('\n').map((each) => /"name":"([^"]*)","key":"([^"]*)"/.exec(each)?.slice(1).join(' '));
  expect(order).toEqual(['agent token', 'agent user', 'agent-2 token', 'a token', undefined]);
  expect(new SealingRecord(written).format()).toBe(written);
});

test('a Secret without values has no line', () => {
  const record = new SealingRecord(text);
  record.put(line({}), []);
  expect(record.format()).toBe('');
});

test('the hash is of the ciphertext as the file holds it', () => {
  expect(ciphertextHash('AgB=')).toBe(createHash('sha256').update('AgB=').digest('hex'));
});

test('line ends of another system, and empty lines', () => {
  const record = new SealingRecord(`\r\n${text.replace('\n', '\r\n')}\n`);
  expect([record.unreadable, record.lines()]).toEqual([[], [line({})]]);
});

describe('lines that cannot be read', () => {
  test.each([
    ['a conflict of a merge', '<<<<<<< HEAD'],
    ['no JSON', text.slice(0, 40)],
    ['a list', '[]'],
    ['null', 'null'],
    ['a field that is missing', text.replace('"key":"token",', '')],
    ['a field more', text.replace('{', '{"value":"x",')],
    ['a hash that is cut off', text.replace(/b{64}/, 'b'.repeat(63))],
    ['another scope', text.replace('strict', 'wide')],
    ['another origin', text.replace('"sealed"', '"trusted"')],
    ['a name that is none', text.replace('"agent"', '"agent/x"')],
    ['a prototype', text.replace('"origin":"sealed"', '"__proto__":{"origin":"sealed"}')],
  ])('%s', (_, bad) => {
    const record = new SealingRecord(`${text}${bad.trim()}\n`);
    expect(record.unreadable).toEqual([2]);
    expect(record.lines()).toEqual([line({})]);
  });
});
