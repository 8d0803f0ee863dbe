import { expect, test } from 'vitest';
import { toml } from './toml.ts';

test('scalars come before tables, tables of tables need no header', () => {
  const document = {
    a: { b: { c: 'x' }, d: 1 },
    e: true,
    f: { g: { h: false } },
    i: [{ j: 'k' }, { j: 'l', m: { n: 2 } }],
    o: undefined,
    p: [],
    q: {},
  };
  expect(toml(document)).toBe(`e = true
p = []

[a]
d = 1

[a.b]
c = "x"

[f.g]
h = false

[[i]]
j = "k"

[[i]]
j = "l"

[i.m]
n = 2

[q]
`);
});

test('strings and keys are escaped as TOML 1.0 asks', () => {
  expect(toml({ 'a b': '"\\\b\t\n\f\r\u0000\u001f\u007fé😀', 'c-d_1': "'" })).toBe(
    `"a b" = "\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001F\\u007Fé😀"\nc-d_1 = "'"\n`,
  );
});

test('a long array gets one line per item', () => {
  expect(toml({ short: ['a', 'b'], long: ['x'.repeat(60), 'y'.repeat(60)] })).toBe(
    `short = ["a", "b"]\nlong = [\n  "${'x'.repeat(60)}",\n  "${'y'.repeat(60)}",\n]\n`,
  );
});

test('what TOML cannot say is refused', () => {
  expect(() => toml({ a: 0.5 })).toThrow(new RangeError('0.5 is not a safe integer'));
  expect(() => toml({ a: 'x\ud800' })).toThrow(new RangeError('a TOML string cannot hold half a surrogate pair'));
});
