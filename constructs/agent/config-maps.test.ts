import { expect, test } from 'vitest';
import { configMapLimit, packFiles } from './config-maps.ts';

test('a path becomes a key, and the items give it back', () => {
  expect(packFiles('seed', { 'SKILL.md': 'a', 'scripts/check.sh': 'b', '.env': 'c' })).toEqual({
    data: { 'SKILL.md': 'a', 'scripts__check.sh': 'b', '.env': 'c' },
    items: [
      { key: 'SKILL.md', path: 'SKILL.md' },
      { key: 'scripts__check.sh', path: 'scripts/check.sh' },
      { key: '.env', path: '.env' },
    ],
    problems: [],
  });
});

test.each(['a b', 'ä.md', '../up', 'a/../b', '..data', 'a//b', '/a', 'a/', '', `${'x'.repeat(254)}`])(
  'file name "%s" is told',
  (path) => {
    expect(packFiles('seed', { [path]: '' }).problems).toEqual([
      {
        message: `seed: file name "${path}" cannot go into a ConfigMap`,
        help: 'Use letters, digits, "-", "_" and "." in names, and at most 253 characters in the path.',
      },
    ]);
  },
);

test('two paths with one key are told', () => {
  expect(packFiles('skill look', { a__b: '1', 'a/b': '2' }).problems).toEqual([
    { message: 'skill look: "a__b" and "a/b" would share a key', help: 'Rename one of them.' },
  ]);
});

test('text that has no form in UTF-8 is told', () => {
  expect(packFiles('seed', { a: '\uD800' }).problems).toEqual([
    { message: 'seed: "a" is not well-formed text', help: 'Save it as UTF-8.' },
  ]);
});

test('the values may take one mebibyte, counted in bytes and without their keys', () => {
  expect(configMapLimit).toBe(1_048_576);
  const half = 'ä'.repeat(configMapLimit / 4);
  expect(packFiles('seed', { a: half, [`${'b'.repeat(253)}`]: half }).problems).toEqual([]);
  expect(packFiles('seed', { a: half, b: half, c: 'x' }).problems).toEqual([
    {
      message: 'seed: 1048577 bytes, and a ConfigMap holds 1048576',
      why: 'The API server refuses a larger one.',
      help: 'Split it, leave files out, or put it into an image with imageSeed().',
    },
  ]);
});
