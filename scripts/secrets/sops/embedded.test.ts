import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { bytesOf, engineWith, errorOf, keyPair, masked, place, texts } from './testing/engine.ts';

const [cluster, person, stranger] = await Promise.all([keyPair(), keyPair(), keyPair()]);
const engine = engineWith(cluster);
const { path } = place;

/** Values that are awkward to keep; each has to come back byte for byte. */
const awkward: Readonly<Record<string, string | Uint8Array>> = {
  token: 'dummy value of token',
  '.dockerconfigjson': '{"auths":{}}\n',
  '8080': 'a key that is like a number',
  on: 'a key that is a word of YAML 1.1',
  empty: '',
  'no-newline': 'last line without end',
  newlines: 'two at the end\n\n',
  crlf: 'dummy\r\nlines\r\n',
  tab: '\tfirst\nsecond\n',
  unicode: 'é 中 😀 \u2028 \u202e \ufeff',
  mark: '\ufeffbyte order mark',
  number: '0123',
  yaml: '- a: &b *c # d\n',
  nul: 'a\0b',
  bytes: Uint8Array.from({ length: 256 }, (_, index) => index),
};

describe('a new file', () => {
  test('has the type that is needed, which its MAC covers', async () => {
    const typed = { ...place, type: 'kubernetes.io/dockerconfigjson' };
    const text = await engine.create(typed, bytesOf({ '.dockerconfigjson': '{}' }), [cluster.recipient]);
    expect(text).toContain('\n    namespace: demo\ntype: kubernetes.io/dockerconfigjson\nstringData:\n');
    expect(texts(await engine.open({ path, text }))).toEqual(texts(bytesOf({ '.dockerconfigjson': '{}' })));
    const untyped = text.replace('type: kubernetes.io/dockerconfigjson\n', '');
    expect((await errorOf(engine.open({ path, text: untyped }))).kind).toBe('mac');
  });

  test('is what sops writes, line by line', async () => {
    const values = bytesOf({ token: 'dummy', empty: '', '.dockerconfigjson': '{}', '123': 'n', bytes: 'a\0b' });
    const text = await engine.create(place, values, [cluster.recipient, person.recipient]);
    expect(masked(text)).toBe(`apiVersion: v1
kind: Secret
metadata:
    name: claw
    namespace: demo
stringData:
    "123": ENC[AES256_GCM,…,type:str]
    token: ENC[AES256_GCM,…,type:str]
    empty: ""
    .dockerconfigjson: ENC[AES256_GCM,…,type:str]
data:
    bytes: ENC[AES256_GCM,…,type:str]
sops:
    age:
        - enc: |
            -----BEGIN AGE ENCRYPTED FILE-----
            …
            -----END AGE ENCRYPTED FILE-----
          recipient: ${cluster.recipient}
        - enc: |
            -----BEGIN AGE ENCRYPTED FILE-----
            …
            -----END AGE ENCRYPTED FILE-----
          recipient: ${person.recipient}
    encrypted_regex: ^(data|stringData)$
    lastmodified: "2026-01-02T12:00:00Z"
    mac: ENC[AES256_GCM,…,type:str]
    version: 3.13.3
`);
  });

  test.each(Object.keys(awkward))('keeps %s byte for byte', async (key) => {
    const values = bytesOf({ [key]: awkward[key] as string });
    const text = await engine.create(place, values, [cluster.recipient]);
    expect(texts(await engine.open({ path, text }))).toEqual(texts(values));
  });

  test('puts text into stringData, and what is no text or would be lost into data', async () => {
    const text = await engine.create(place, bytesOf(awkward), [cluster.recipient]);
    const { stringData, data } = load(text) as Record<string, object>;
    expect(Object.keys(data ?? {})).toEqual(['tab', 'nul', 'bytes']);
    expect(Object.keys(stringData ?? {})).toEqual(
      Object.keys(awkward).filter((key) => !['tab', 'nul', 'bytes'].includes(key)),
    );
  });

  test('opens for each of its recipients, and for nobody else', async () => {
    const text = await engine.create(place, bytesOf({ token: 'dummy' }), [cluster.recipient, person.recipient]);
    for (const pair of [cluster, person])
      expect(texts(await engineWith(pair).open({ path, text }))).toEqual({ token: 'dummy' });
    const error = await errorOf(engineWith(stranger).open({ path, text }));
    expect(error).toMatchObject({ kind: 'identity' });
    expect(error.message).toBe(`${path}: none of the private keys at hand opens it
It is encrypted to ${cluster.recipient}, ${person.recipient}.
Set SOPS_AGE_KEY_FILE to a file with the private key of one of them, or ask someone who has one.`);
  });

  test('shares no key, nonce or ciphertext with another of the same values', async () => {
    const make = () => engine.create(place, bytesOf({ token: 'dummy value of token' }), [cluster.recipient]);
    const [a, b] = [await make(), await make()];
    for (const part of a.match(/[A-Za-z0-9+/]{20,}=*/g)?.filter((word) => !word.startsWith('age1')) ?? [])
      if (!part.startsWith('YWdlLWVuY3J5cHRpb24')) expect(b).not.toContain(part);
  });

  test('is refused for a recipient that is none, and a private key in its place is not told', async () => {
    const cut = cluster.recipient.slice(0, -1);
    const why = `These are public age keys: age1… and age1pq1…. Keys of plugins (age1yubikey1…) need a program of their own, which only sops runs.
Correct \`recipients\` in the cluster.`;
    for (const [bad, shown] of [
      ['age1', 'age1'],
      ['age1yubikey1qwe', 'age1yubikey1qwe'],
      [cut, cut],
      ['ssh-ed25519 AAAA', 'one of the recipients'],
      [cluster.identity, 'one of the recipients'],
      [cluster.identity.toLowerCase(), 'one of the recipients'],
    ] as const) {
      const error = await errorOf(engine.create(place, bytesOf({ token: 'dummy' }), [person.recipient, bad]));
      expect(error.message).toBe(`${shown} is not a recipient that can be encrypted to\n${why}`);
    }
  });

  test('is refused for a key that no Secret can have', async () => {
    for (const key of ['', 'a b', 'a/b', '..', '..a', 'é', '__proto__:', 'a\nb', 'a'.repeat(254)]) {
      const error = await errorOf(engine.create(place, bytesOf({ [key]: 'correct-horse' }), [cluster.recipient]));
      expect(error.message).toBe(`${path}: a key was given that no Secret can have
A key is up to 253 letters, digits, dots, dashes and underscores, is not "." and does not begin with "..".
Choose another key.`);
    }
  });
});

describe('1 MiB is the limit of a Secret', () => {
  const mebibyte = Buffer.alloc(1024 * 1024, 'x');

  test('which counts the values together, before base64', async () => {
    const binary = Buffer.alloc(1024 * 1024, 0);
    const text = await engine.create(place, bytesOf({ binary }), [cluster.recipient]);
    expect((await engine.open({ path, text })).get('binary')?.length).toBe(1024 * 1024);
    const over = `${path}: the values have 1048577 bytes together, and a Secret holds 1048576 at most
The API server would refuse it. The largest is large, with 1048576.
Keep what is that large in a volume, or spread it over several Secrets.`;
    const both = bytesOf({ large: mebibyte, small: 'x' });
    expect((await errorOf(engine.create(place, both, [cluster.recipient]))).message).toBe(over);
  });

  test('and a change counts what is there already', async () => {
    const text = await engine.create(place, bytesOf({ large: mebibyte }), [cluster.recipient]);
    const error = await errorOf(engine.change({ path, text }, bytesOf({ small: 'x' }), []));
    expect(error).toMatchObject({ kind: 'value' });
    const changed = await engine.change({ path, text }, bytesOf({ small: 'x' }), ['large']);
    expect(texts(await engine.open({ path, text: changed }))).toEqual({ small: 'x' });
  });
});
