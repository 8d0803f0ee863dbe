import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from './certificate.ts';
import { testKey } from './testing/certificate.ts';
import { keeper as keeperOf, place, recordOf, sealedData, values } from './testing/sealing.ts';

/** What kubeseal 0.38 made for a key of 2048 bits. */
const file = readFileSync(
  new URL('../../../constructs/secrets/testing/sealed-secret.strict.yaml', import.meta.url),
  'utf8',
);
const keys = ['token', 'user'];
const blocks = Object.values(sealedData(file)).map((value) => Buffer.from(value, 'base64').subarray(2, 258));

/** A key for which the values of the file may have been sealed, as far as their form shows. */
function plausibleKey() {
  for (;;) {
    const candidate = testKey();
    const modulus = parseCertificate('a.pem', candidate.pem).certificate?.modulus;
    if (modulus && blocks.every((block) => Buffer.compare(block, modulus) < 0)) return candidate;
  }
}
const key = plausibleKey();
const keeper = (options: Parameters<typeof keeperOf>[0] = {}) => keeperOf({ pem: key.pem, ...options });
const made = await keeper().change(place, undefined, values({ token: 'dummy' }), []);

test('a file of another program is unverifiable until a person vouches for it', () => {
  const kept = keeper();
  expect(kept.inspect(place, file, keys).map(({ kind }) => kind)).toEqual(['unverifiable', 'unverifiable']);
  const adopted = kept.adopt(place, file);
  expect(adopted.text).toBe(file);
  expect(kept.inspect(place, file, keys)).toEqual([]);
  const lines = recordOf(adopted).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line)).map(({ key: name, origin }) => [name, origin])).toEqual([
    ['token', 'adopted'],
    ['user', 'adopted'],
  ]);
});

test('a value that was sealed here keeps its line', () => {
  const mixed = made.text.replace('  template:', `    user: ${sealedData(file).user}\n  template:`);
  const before = recordOf(made);
  const after = recordOf(keeper({ record: before }).adopt(place, mixed));
  expect(after.startsWith(before)).toBe(true);
  expect(after.slice(before.length)).toContain('"key":"user"');
});

describe('refused', () => {
  const kinds: readonly [string, () => void, string | RegExp][] = [
    [
      'what the record says was sealed for another certificate',
      () => keeper({ record: recordOf(made), pem: testKey().pem }).adopt(place, made.text),
      /"token" was sealed for key [0-9a-f]{16}, and the pinned certificate has [0-9a-f]{16}/,
    ],
    [
      'what the record says was sealed under another name',
      () =>
        keeper({ record: recordOf(made) }).adopt(
          { ...place, name: 'other', path: 'clusters/test/secrets/demo/other.yaml' },
          made.text.replaceAll('agent-token', 'other'),
        ),
      '"token" was sealed as "token" of demo/agent-token',
    ],
    [
      'a key of another size',
      () => keeper({ pem: testKey({ bits: 3072 }).pem }).adopt(place, file),
      '"token" is sealed for a key of 2048 bits',
    ],
    ['a value that is cut off', () => keeper().adopt(place, file.replace(/^( {4}user: .{300}).*$/m, '$1')), /cut off/],
    ['a readable value', () => keeper().adopt(place, `${file}stringData: { a: b }\n`), 'not sealed: stringData.a'],
    ['another scope', () => keeper({ scope: 'cluster-wide' }).adopt(place, file), /sealed with scope strict/],
    ['no SealedSecret', () => keeper().adopt(place, 'kind: Secret\n'), 'not a SealedSecret in YAML'],
    [
      'a certificate that expired',
      () => keeper({ pem: testKey({ ...key, notAfterYear: '26' }).pem }).adopt(place, file),
      'the certificate expired on 2026-01-01',
    ],
    [
      'a record that cannot be read',
      () => keeper({ record: '=======\n' }).adopt(place, file),
      'not lines of a record: 1',
    ],
  ];
  test.each(kinds)('%s', (_, adopt, message) => {
    expect(adopt).toThrow(message);
  });
});
