import { beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, engineWith, errorOf, keyPair, place, texts } from './testing/engine.ts';

const [cluster, stranger] = await Promise.all([keyPair(), keyPair()]);
const engine = engineWith(cluster);
const { path } = place;
let text: string;

beforeAll(async () => {
  text = await engine.create(place, bytesOf({ a: 'one', b: 'two', 'c.bin': 'x\0y' }), [cluster.recipient]);
});

/** Numbers of the lines, from 1, that are not in the other text, and what stands in them before the ciphertext. */
function changedLines(before: string, after: string): string[] {
  const known = new Set(before.split('\n'));
  return after.split('\n').flatMap((line) => (known.has(line) ? [] : [line.replace(/ENC.*/, 'ENC')]));
}

test('a changed key changes its line and the MAC alone', async () => {
  const after = await engine.change({ path, text }, bytesOf({ b: 'deux' }), []);
  expect(changedLines(text, after)).toEqual(['    b: ENC', '    mac: ENC']);
  expect(after.split('\n')).toHaveLength(text.split('\n').length);
  expect(texts(await engine.open({ path, text: after }))).toEqual({ a: 'one', b: 'deux', 'c.bin': 'x\0y' });
});

test('the same value changes nothing at all', async () => {
  expect(await engine.change({ path, text }, bytesOf({ a: 'one', 'c.bin': 'x\0y' }), ['not-there'])).toBe(text);
});

test('a new key comes last in its field', async () => {
  const after = await engine.change({ path, text }, bytesOf({ '8080': 'three', z: '' }), []);
  expect(after.replace(/ENC.*/g, 'ENC')).toContain('    a: ENC\n    b: ENC\n    "8080": ENC\n    z: ""\ndata:\n');
  expect(changedLines(text, after)).toEqual(['    "8080": ENC', '    z: ""', '    mac: ENC']);
  expect(texts(await engine.open({ path, text: after }))).toMatchObject({ '8080': 'three', z: '' });
});

test('a value that becomes binary moves to data, and back', async () => {
  const binary = await engine.change({ path, text }, bytesOf({ a: 'x\0' }), []);
  expect(binary.replace(/ENC.*/g, 'ENC')).toContain(
    'stringData:\n    b: ENC\ndata:\n    c.bin: ENC\n    a: ENC\nsops:\n',
  );
  const back = await engine.change({ path, text: binary }, bytesOf({ a: 'one', 'c.bin': 'text' }), []);
  expect(back.replace(/ENC.*/g, 'ENC')).toContain('stringData:\n    b: ENC\n    a: ENC\n    c.bin: ENC\nsops:\n');
  expect(texts(await engine.open({ path, text: back }))).toEqual({ a: 'one', b: 'two', 'c.bin': 'text' });
});

test('a field that loses its last key goes, and comes again', async () => {
  const none = await engine.change({ path, text }, new Map(), ['a', 'b', 'c.bin']);
  expect(none).toContain('    namespace: demo\nsops:\n');
  expect(texts(await engine.open({ path, text: none }))).toEqual({});
  const again = await engine.change({ path, text: none }, bytesOf({ a: 'one', n: '\0' }), []);
  expect(again.replace(/ENC.*/g, 'ENC')).toContain('demo\nstringData:\n    a: ENC\ndata:\n    "n": ENC\nsops:\n');
  expect(texts(await engine.open({ path, text: again }))).toEqual({ a: 'one', n: '\0' });
});

test('comments, indentation, other fields and line ends stay', async () => {
  const written = `# for the reviewer\n${text}`
    .replace(/^( +)/gm, (pad) => ' '.repeat(Math.max(pad.length - 4, 2)))
    .replace('stringData:\n', 'stringData:\n  # of a\n')
    .replaceAll('\n', '\r\n');
  const after = await engine.change({ path, text: written }, bytesOf({ b: 'deux', n: 'three' }), ['c.bin']);
  const gone = written.split('\r\n').filter((line) => !after.split('\r\n').includes(line));
  expect(gone.map((line) => line.replace(/ENC.*/, 'ENC'))).toEqual(['  b: ENC', 'data:', '  c.bin: ENC', '  mac: ENC']);
  expect(after.split('\n').filter((line) => line !== '' && !line.endsWith('\r'))).toEqual([]);
  expect(texts(await engine.open({ path, text: after }))).toEqual({ a: 'one', b: 'deux', n: 'three' });
});

test('the data key stays, so that one change does not touch what is wrapped', async () => {
  const after = await engine.change({ path, text }, bytesOf({ a: 'un' }), []);
  const wrapped = (of: string) => of.slice(of.indexOf('    age:'), of.indexOf('    encrypted_regex'));
  expect(wrapped(after)).toBe(wrapped(text));
});

describe('refused', () => {
  test('without a private key that opens it', async () => {
    const error = await errorOf(engineWith(stranger).change({ path, text }, bytesOf({ a: 'correct-horse' }), []));
    expect(error).toMatchObject({ kind: 'identity' });
  });

  test('on one line, or as JSON', async () => {
    const { load } = await import('js-yaml');
    const json = JSON.stringify(load(text));
    expect(texts(await engine.open({ path, text: json }))).toEqual({ a: 'one', b: 'two', 'c.bin': 'x\0y' });
    const error = await errorOf(engine.change({ path, text: json }, bytesOf({ a: 'un' }), []));
    expect(error.message).toBe(`${path}: it is not written as sops writes YAML, with one key a line
A change would have to rewrite all of it.
Let sops write it once: sops rotate --in-place ${path}`);
  });
});
