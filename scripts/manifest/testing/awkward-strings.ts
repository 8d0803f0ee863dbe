import type { Json } from '../yaml.ts';

/** Strings that some YAML reader or writer has got wrong, or could: for values and for keys. */
export const awkwardStrings: readonly string[] = [
  // Words with a meaning of their own in YAML 1.1 or 1.2.
  ...['y', 'Y', 'n', 'N', 'yes', 'Yes', 'YES', 'no', 'No', 'NO', 'on', 'On', 'ON', 'off', 'Off', 'OFF', 'true'],
  ...['True', 'TRUE', 'false', 'False', 'FALSE', 'null', 'Null', 'NULL', '~', '', '<<', '=', '__proto__', 'yEs'],
  ...['nil', 'none', 'None', 'NaN', 'Infinity', '.nan', '.NaN', '.inf', '.Inf', '-.inf', '+.INF', '-inf'],
  // Numbers, or nearly.
  ...['0', '-0', '+1', '007', '010', '012', '08', '0o17', '-0o17', '0O17', '0x1F', '-0x1f', '0X1F', '0b101', '-0b1'],
  ...['1_000', '-_1', '_1', '1__0', '1.', '.5', '-.5', '1.5', '1.2.3', '10.96.0.10', '1e3', '1E3', '1e+3', '1.5e-3'],
  ...['e1', 'E0', '-e5', 'e-1', '0x1p-2', '12e03', '9007199254740993', '1:30', '1:30:45', '190:20:30.15', '1:'],
  ...['1,000', '123abc', '0123abcd', '1e3f', '100m', '512Mi', '30s', '25%', '10.0.0.0/8', '5d', '1Ti', '0.5', '+-1'],
  ...['--1'],
  // Dates and times.
  ...['2001-12-14', '2001-1-1', '2001-12-14T21:59:43Z', '2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43.1 -5'],
  ...['2001-12-14 is a day', '12:30:45', '2001-13-45', '20011214'],
  // What begins or ends a YAML construct.
  ...['-', '--', '---', '--- a', '...', '... a', '- a', '-a', '--flag=x', '-\ta', '?', '? a', '?a', ':', ': a', ':a'],
  ...['a: b', 'a:b', 'a:', 'a :b', 'a: ', 'a:\tb', 'a #b', 'a#b', '#', '# a', 'a # b: c', '{', '}', '{}', '{a: b}'],
  ...['[', ']', '[]', '[a, b]', ',', 'a, b', '&a', '*a', '!tag', '!!str a', '|', '|-', '>', '>2', '%', '%YAML 1.2'],
  ...['@a', '`a`', "'", "''", "'a'", "it's", '"', '""', '"a"', 'say "a"', '\\', 'a\\', 'a\\nb', '\\u0041', '$a'],
  ...[`\${A}`, '$(A)', '(a)', '/', '/a/b', './a', '../a', '.a.b', '_', 'a=b', 'https://a.test:443/?q=1#f'],
  ...['a@sha256:0123'],
  // White space and control characters.
  ...[' ', '  ', ' a', 'a ', ' a ', 'a  b', '\t', '\ta', 'a\t', 'a\tb', '\u00a0', '\u00a0a', 'a\u00a0', '\u3000a'],
  ...['\0', 'a\0b', '\u0007', '\b', '\v', '\f', '\u001b[31m', '\u001f', '\u007f', '\u0080', '\u0085', 'a\u0085b'],
  ...['a\u0085', '\u009f', '\u2028', '\u2028x', 'a\u2029b', '\ufeff', '\ufeffa', 'a\ufeffb', '\ufffd', '\ufffe'],
  ...['\uffff', '\u00ad', '\u200b', '\u200da', '\u202eabc', '\u2066a\u2069', '\ufdd0', '\u{1fffe}', '\u{e0041}'],
  ...['\u{10ffff}', 'é', 'café', 'größe', '中文', 'שלום', '😀', 'a 😀 b', '👩\u200d💻', '🏴\u{e0067}\u{e007f}'],
  // Several lines.
  ...['\n', '\n\n', '\n\n\n', ' \n', '\n ', ' \n ', '\t\n', '\n\t', '\na', '\n\na', '\n a', '\n\n  a\nb', '\n\ta'],
  ...['a\n', 'a\n\n', 'a\n\n\n', 'a\nb', 'a\nb\n', 'a\n\nb\n', 'a\n\n\n\nb\n\n', 'a\n\n ', 'a\n ', 'a\n \n'],
  ...['a\n\t\n', 'a\n \n\n', ' a\nb', '  a\n b\n', '   a\n\n', '\ta\nb', '\tgo build\n\tgo test\n'],
  ...['all:\n\tgo build\n', ' \ta\nb', ' \na', '  \n a\n', 'a \nb', 'a\t\nb', 'a\n b\n  c', 'a\n\tb', 'a\n   \nb'],
  ...['a\n\t\nb\n', 'a\n# b\n', '# a\nb', '#!/bin/sh\nexit 0\n', '---\na: b\n---\n', 'a\n---\nb', 'a\n...\nb'],
  ...['- a\n- b\n', 'a: b\nc: d\n', '%YAML 1.2\n---\n', '|\n  a', '"a\nb"', '\r', 'a\r', '\ra', 'a\rb', '\r\n'],
  ...['a\r\nb\r\n', 'a\nb\r', 'a\n\rb', 'a\n\u0085b', 'a\u2028\nb', 'a\n\ufeffb', '\ufeffa\nb', 'a\n\u007f'],
  ...['a\n\0b', 'a\n\u001b[0m', 'a\n\u202eb', 'a\n\ufffe', 'a\n😀\n', 'é\n中\n', 'a\n\u00a0', '\u00a0\na'],
  ...['a\n\u00a0\n'],
  // Long ones: YAML writers fold them, and a reader looks for the colon of a key for 1,024 characters.
  'word '.repeat(400).trim(),
  `${'x'.repeat(5000)}\n${'y '.repeat(3000)}z\n`,
  ...[1022, 1023, 1024, 1025].map((length) => 'k'.repeat(length)),
  `"${'\t'.repeat(510)}`,
  '😀'.repeat(600),
];

/** A nested object made of awkward strings, numbers and the rest of JSON; the same for the same seed. */
export function randomObject(seed: number): { readonly [key: string]: Json } {
  // mulberry32
  let state = seed;
  const random = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
  const short = awkwardStrings.filter((text) => text.length < 100);
  const string = (): string =>
    random(3) === 0 ? pick(short) : pick(short) + pick(['', ' ', '\n', '\n\n', ':']) + pick(short);
  const numbers = [0, 1, -1, 0.5, -0.25, 1e-7, -1.5e-9, 5e-324, 1e15, 123456.789, 2 ** 53 - 1, 1 - 2 ** 53];
  const value = (depth: number): Json => {
    const kind = random(depth > 0 ? 10 : 6);
    if (kind < 3) return string();
    if (kind < 6) return pick<Json>([pick(numbers), null, true, false, {}, []]);
    if (kind < 8) return Array.from({ length: random(4) }, () => value(depth - 1));
    return object(depth - 1);
  };
  const object = (depth: number): { readonly [key: string]: Json } =>
    Object.fromEntries(Array.from({ length: random(5) }, () => [string(), value(depth)]));
  return object(5);
}
