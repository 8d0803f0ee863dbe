import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openDocument, timeData, valuesOf } from './open.ts';
import { parseSecretDocument } from './secret-document.ts';
import { bytesOf, engineWith, errorOf, keyPair, place, texts } from './testing/engine.ts';

const [cluster, person] = await Promise.all([keyPair(), keyPair()]);
const engine = engineWith(cluster);
const { path } = place;

describe('what sops 3.13.3 wrote', () => {
  const text = readFileSync(new URL('testing/sops-3.13.3.yaml', import.meta.url), 'utf8');
  /** Of that file alone, in which there are dummy values; nobody has the private key. */
  const dataKey = Buffer.from('7a1dbc59578c078e9734091aff480399e2a7cafa73ba98314a71e973e0d464b9', 'hex');
  const open = (of: string) => valuesOf(openDocument(parseSecretDocument({ path, text: of }), dataKey));

  test('opens, with its MAC, which covers numbers, words, lists and an encrypted label', () => {
    expect(texts(open(text))).toEqual({
      token: 'dummy value of token',
      '8080': 'dummy value of 8080',
      empty: '',
      lines: 'dummy\nlines\n',
      crlf: 'dummy\r\nlines\r\n',
      unicode: Buffer.from('dummy é中\u2028').toString('latin1'),
      count: '8080',
      flag: 'true',
      bytes: '\0\u0001\u0002\u00ff',
    });
  });

  test('opens with CRLF line ends, without its comments, and with the time in another form', () => {
    const before = texts(open(text));
    expect(texts(open(text.replaceAll('\n', '\r\n')))).toEqual(before);
    expect(texts(open(text.replace(/^ *#.*\n/gm, '').replace(/ #ENC.*/g, '')))).toEqual(before);
    expect(texts(open(text.replace('58:31Z', '58:31.5+00:00')))).toEqual(before);
  });

  const changes: readonly [string, string | RegExp, string][] = [
    ['a label', '1.2.3', '1.2.4'],
    ['a number', 'generation: 12', 'generation: 13'],
    ['a null that is not one any more', 'creationTimestamp: null', 'creationTimestamp: ""\n    creationTime: x'],
    ['a word', 'immutable: true', 'immutable: false'],
    ['the order of a list', /( +- example.test\/a\n)( +- example.test\/b\n)/, '$2$1'],
    ['the order of keys', /( {4}name: claw\n)( {4}namespace: demo\n)/, '$2$1'],
    ['a key that is gone', / {4}lines: .*\n/, ''],
    ['an empty value that is gone', 'kind: Secret', 'kind: Secret\nother: ""\nmore: x'],
  ];
  test.each(changes)('does not open after a change of %s', (_, from, to) => {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    expect(() => open(changed)).toThrow(/its MAC is broken/);
  });
});

describe('bad files', () => {
  let text: string;
  beforeAll(async () => {
    const values = bytesOf({ token: 'correct-horse', user: 'battery-staple' });
    text = await engine.create(place, values, [cluster.recipient]);
  });

  /** Changes the file, which has to be one, and opens it. */
  async function refusal(from: string | RegExp, to: string): Promise<Error & { readonly kind?: string }> {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    const error = await errorOf(engine.open({ path, text: changed }));
    expect(error.message).not.toMatch(/horse|staple|ENC\[/);
    return error;
  }

  test('a MAC that a merge broke says so, and how to mend it', async () => {
    const other = await engine.change({ path, text }, bytesOf({ user: 'another-staple' }), []);
    const merged = text.replace(/ {4}user: .*/, other.match(/ {4}user: .*/)?.[0] as string);
    const error = await errorOf(engine.open({ path, text: merged }));
    expect(error).toMatchObject({ kind: 'mac' });
    expect(error.message).toBe(`${path}: its MAC is broken
Every value opens, and the whole is not what was encrypted: a merge of two changes, or an edit by hand of a name, a label, or which keys there are and in which order, did that. An attacker can do it too.
Take one side of the merge whole (git checkout --theirs -- ${path}, or --ours), then set again what the other side had changed.`);
    // Nothing is built upon it.
    expect(await errorOf(engine.change({ path, text: merged }, bytesOf({ token: 'x' }), []))).toMatchObject({
      kind: 'mac',
    });
  });

  test('a MAC and a time from two sides of a merge', async () => {
    const error = await refusal(/lastmodified: .*/, 'lastmodified: "2026-01-02T12:00:01Z"');
    expect(error).toMatchObject({ kind: 'mac' });
    expect(error.message).toContain('The MAC itself does not open: it or `lastmodified` is not from the same change');
  });

  test('a ciphertext that was cut, changed, moved to another key, or has a short tag', async () => {
    const line = text.split('\n').findIndex((of) => of.startsWith('    token: ')) + 1;
    const message = `${path}: stringData.token (line ${line}) does not open`;
    const cuts: readonly [RegExp, string][] = [
      [/(token: ENC\[AES256_GCM,data:)..../, '$1'],
      [/(token: .*),type:str\]/, '$1'],
      [/(token: ENC.{40}).*/, '$1'],
      [/(token: ENC\[AES256_GCM,data:)(.)/, '$1!$2'],
      [/(token: .*tag:)[^,]*/, '$1AAAAAA=='],
      [/(token: .*iv:)[^,]*/, '$1='],
      [/token: .*/, 'token: correct-horse'],
      [/token: .*/, 'token: ENC[AES256_GCM,data:correct-horse]'],
      [/(token: .*type:)str/, '$1horse'],
    ];
    for (const [from, to] of cuts) {
      const error = await refusal(from, to);
      expect(error).toMatchObject({ kind: 'damaged' });
      expect(error.message.split('\n')[0]).toBe(message);
    }
    const swapped = await refusal(/token: (.*)\n {4}user: (.*)/, 'token: $2\n    user: $1');
    expect(swapped.message.split('\n')[0]).toBe(message);
  });

  test('a tag of which only the first bytes are there, which would be easier to forge', async () => {
    const tag = text.match(/token: .*tag:([^,]*)/)?.[1] as string;
    const short = Buffer.from(tag, 'base64').subarray(0, 12).toString('base64');
    expect(await refusal(`tag:${tag}`, `tag:${short}`)).toMatchObject({ kind: 'damaged' });
  });

  test('a value of another file, with a data key of its own', async () => {
    const other = await engine.create(place, bytesOf({ token: 'dummy' }), [cluster.recipient]);
    const error = await refusal(/ {4}token: .*/, other.match(/ {4}token: .*/)?.[0] as string);
    expect(error.message).toContain('each file has a data key of its own');
  });

  test('a data key that was cut', async () => {
    const message = `${path}: the data key for ${cluster.recipient} is damaged`;
    for (const [from, to] of [
      [/ +-----END AGE ENCRYPTED FILE-----\n/, ''],
      [/(BEGIN AGE.*\n +.*\n)(.*\n)/, '$1'],
      [/enc: \|\n/, 'enc: ""\n          more: |\n'],
    ] as const) {
      const error = await refusal(from, to);
      expect(error.message.split('\n')[0]).toBe(message);
    }
  });

  test('a recipient that is missing', async () => {
    const error = await refusal(/ {4}age:\n( {8}.*\n)+/, '    age: []\n');
    expect(error.message.split('\n')[0]).toBe(`${path}: it is encrypted to no age recipient`);
    const other = await engine.create(place, bytesOf({ token: 'dummy' }), [person.recipient]);
    expect(await errorOf(engine.open({ path, text: other }))).toMatchObject({ kind: 'identity' });
  });

  const unsupported: readonly [string, string | RegExp, string, string][] = [
    ['key groups', '    age:\n', '    key_groups:\n        - age: []\n    age:\n', 'it is encrypted to groups of keys'],
    ['PGP', '    age:\n', '    pgp:\n        - fp: AA\n    age:\n', 'it is encrypted to keys of pgp'],
    [
      'key services',
      '    age:\n',
      '    kms:\n        - arn: a\n    gcp_kms:\n        - resource_id: a\n    hc_vault:\n        - key_name: a\n    age:\n',
      'it is encrypted to keys of kms, gcp_kms, hc_vault',
    ],
    [
      'a MAC over encrypted values alone',
      '    version',
      '    mac_only_encrypted: true\n    version',
      'its MAC covers encrypted values alone (mac_only_encrypted)',
    ],
    [
      'another rule',
      '^(data|stringData)$',
      '^data$',
      'its rule for what is encrypted is not encrypted_regex: ^(data|stringData)$',
    ],
    [
      'no rule',
      /.*encrypted_regex.*\n/,
      '',
      'its rule for what is encrypted is not encrypted_regex: ^(data|stringData)$',
    ],
  ];
  test.each(unsupported)('%s', async (_, from, to, what) => {
    const error = await refusal(from, to);
    expect(error).toMatchObject({ kind: 'unsupported' });
    expect(error.message.split('\n')[0]).toBe(`${path}: ${what}`);
    expect(error.message.split('\n')).toHaveLength(3);
  });

  const damaged: readonly [string, string | RegExp, string, string][] = [
    ['text that is not YAML', 'stringData:', 'correct-horse: [', 'not YAML'],
    ['no text', /[\s\S]*/, '', 'not one YAML document'],
    ['two documents', 'sops:', '---\nsops:', 'not one YAML document'],
    ['an alias', /token: .*/, 'token: &a x\n    other: *a', 'it has a YAML anchor'],
    ['a tag', /token: /, 'token: !!str ', 'it has a YAML tag'],
    ['a key that is there twice', '    user:', '    token:', 'a key is there twice'],
    ['another kind', 'kind: Secret', 'kind: ConfigMap', 'it is not a v1 Secret in YAML'],
    ['a list of values', 'stringData:\n', 'stringData: []\nother:\n', 'stringData is not a mapping'],
    ['a value within a value', '    token: ', '    token:\n        x: ', 'stringData.token is not a text'],
    ['no sops section', /sops:[\s\S]*/, '', 'it has no sops section'],
    ['no MAC', / {4}mac: .*\n/, '', 'the sops section has no mac'],
    ['no time', / {4}lastmodified: .*\n/, '', 'the sops section has no lastmodified'],
    [
      'a time that is none',
      /lastmodified: .*/,
      'lastmodified: correct-horse',
      'lastmodified of its sops section is not a time',
    ],
    [
      'an entry without its key',
      '        - enc: |',
      '        - not: |',
      'an entry of sops.age has no recipient or no enc',
    ],
    [
      'a number in a form that sops hashes in another one',
      'metadata:\n',
      'metadata:\n    generation: 0x1F\n',
      'line 4: a number or a date stands there without quotes',
    ],
  ];
  test.each(damaged)('%s', async (_, from, to, what) => {
    expect((await refusal(from, to)).message.split('\n')[0]).toBe(`${path}: ${what}`);
  });

  test('a value in data that is not base64', async () => {
    // As sops would encrypt `data: {token: "not base64"}`, which it takes.
    const binary = await engine.create(place, bytesOf({ token: '\0' }), [cluster.recipient]);
    const document = parseSecretDocument({ path, text: binary });
    const leaf = document.entries[0]?.leaf;
    if (!leaf) throw new Error('no entry');
    const plaintexts = new Map([[leaf, { bytes: Buffer.from('not base64'), type: 'str' as const }]]);
    const opened = { document, dataKey: createHash('sha256').digest(), plaintexts };
    expect(() => valuesOf(opened)).toThrow(`${path}: what data.token holds is not base64`);
  });
});

test('a time is authenticated as Go writes it', () => {
  expect(timeData('2026-01-02T03:04:05Z')).toBe('2026-01-02T03:04:05Z');
  expect(timeData('2026-01-02T03:04:05.678+00:00')).toBe('2026-01-02T03:04:05Z');
  expect(timeData('2026-01-02T03:04:05+02:00')).toBe('2026-01-02T03:04:05+02:00');
  for (const bad of ['2026-01-02', '2026-01-02 03:04:05Z', 'x2026-01-02T03:04:05Z'])
    expect(timeData(bad)).toBeUndefined();
});
