import { expect, test } from 'vitest';
import { matchFields, withoutFields } from './field-pattern.ts';

const object = {
  a: 1,
  list: [{ name: 'x', keep: true }, { other: 'y' }, 'text', { name: 'z' }],
  nested: { list: [{ inner: [{ name: 'n' }] }] },
  z: 2,
};

test('a pattern leads to each field, with its path and value', () => {
  expect(matchFields(object, 'list[*].name')).toEqual([
    { path: '$.list[0].name', value: 'x' },
    { path: '$.list[3].name', value: 'z' },
  ]);
  expect(matchFields(object, 'nested.list[*].inner[*].name')).toEqual([
    { path: '$.nested.list[0].inner[0].name', value: 'n' },
  ]);
});

test('what is not there, not a list, or empty, is no field', () => {
  expect(matchFields(object, 'missing.name')).toEqual([]);
  expect(matchFields(object, 'a[*].name')).toEqual([]);
  for (const value of [undefined, null, '', [], {}]) expect(matchFields({ value }, 'value')).toEqual([]);
  expect(matchFields({ value: 0 }, 'value')).toEqual([{ path: '$.value', value: 0 }]);
});

test('removal keeps the rest and its order, and the object itself', () => {
  const before = structuredClone(object);
  const rest = withoutFields(object, 'list[*].name', (value) => value === 'x');
  expect(rest).toEqual({ ...object, list: [{ keep: true }, { other: 'y' }, 'text', { name: 'z' }] });
  expect(Object.keys(rest)).toEqual(['a', 'list', 'nested', 'z']);
  expect(object).toEqual(before);
  expect(withoutFields(object, 'missing.name', () => true)).toEqual(object);
});
