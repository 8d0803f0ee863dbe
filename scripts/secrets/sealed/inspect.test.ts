import { describe, expect, test } from 'vitest';
import type { Finding } from '../keeper.ts';
import { open, testKey } from './testing/certificate.ts';
import { certificatePath, keeper, key, place, recordOf, recordPath, sealedData, values } from './testing/sealing.ts';

const made = await keeper().change(place, undefined, values({ token: 'dummy', user: 'dummy user' }), []);
const [text, record] = [made.text, recordOf(made)];
const keys = ['token', 'user'];
const token = sealedData(text).token ?? '';
const otherKey = testKey();

/** The findings but for what to do: kind, key, message. */
const told = (findings: readonly Finding[]) => findings.map(({ kind, key: name, message }) => [kind, name, message]);
const inspect = (file: string | undefined, options: Parameters<typeof keeper>[0] = {}, wanted = keys) =>
  told(keeper({ record, ...options }).inspect(place, file, wanted));
/** The file with one change, which has to be one. */
const changed = (from: string | RegExp, to: string) => {
  const next = text.replace(from, to);
  expect(next).not.toBe(text);
  return next;
};

test('what was sealed here is fine', () => {
  expect(inspect(text)).toEqual([]);
});

describe('the file', () => {
  test('that is not there', () => {
    expect(keeper().inspect(place, undefined, keys)).toEqual(
      keys.map((name) => ({
        kind: 'missing',
        key: name,
        message: `there is no ${place.path}, which holds "${name}"`,
        help: `Give its value: chitin secrets set test demo/agent-token ${name}`,
      })),
    );
  });

  test('that is something else', () => {
    const message = `${place.path}: not a SealedSecret in YAML`;
    expect(inspect('kind: [\n')).toEqual([['damaged', undefined, message]]);
    expect(inspect(`<<<<<<< HEAD\n${text}`)).toEqual([['damaged', undefined, message]]);
    expect(inspect('kind: Secret\nstringData:\n  token: readable\n')).toEqual([['plain-text', undefined, message]]);
  });

  test('with keys that are missing, or that nothing needs', () => {
    expect(inspect(text, {}, ['token', 'password'])).toEqual([
      ['missing', 'password', `${place.path}: "password" is missing`],
      ['stale', 'user', `${place.path}: "user" is needed by nothing`],
    ]);
  });

  test('that was renamed: with its record or without', () => {
    const renamed = { ...place, name: 'renamed', path: 'clusters/test/secrets/demo/renamed.yaml' };
    expect(told(keeper({ record }).inspect(renamed, text, keys))).toEqual([
      ['stale', undefined, `${renamed.path}: it holds demo/agent-token, and its path says demo/renamed`],
      ['stale', 'token', `${renamed.path}: "token" was sealed as "token" of demo/agent-token`],
      ['stale', 'user', `${renamed.path}: "user" was sealed as "user" of demo/agent-token`],
    ]);
    const inFileToo = text.replaceAll('agent-token', 'renamed');
    expect(told(keeper({ record }).inspect(renamed, inFileToo, keys)).map(([kind]) => kind)).toEqual([
      'stale',
      'stale',
    ]);
  });

  test('of another scope', () => {
    expect(inspect(text, { scope: 'namespace-wide' })).toEqual([
      ['stale', undefined, `${place.path}: sealed with scope strict, and the cluster's is namespace-wide`],
      ['stale', 'token', `${place.path}: "token" was sealed with scope strict, and the cluster's is namespace-wide`],
      ['stale', 'user', `${place.path}: "user" was sealed with scope strict, and the cluster's is namespace-wide`],
    ]);
  });

  test('of another scope, in its annotations too', () => {
    const widened = changed(
      /( *)(name: agent-token)/g,
      '$1annotations:\n$1  sealedsecrets.bitnami.com/cluster-wide: "true"\n$1$2',
    );
    expect(inspect(widened, { scope: 'cluster-wide' }).map(([kind, name]) => [kind, name])).toEqual([
      ['stale', 'token'],
      ['stale', 'user'],
    ]);
  });

  test('with readable values beside', () => {
    expect(inspect(`${text}stringData:\n  token: readable\n`)).toEqual([
      ['plain-text', undefined, `${place.path}: not sealed: stringData.token`],
    ]);
  });

  test('with more than a Secret takes', async () => {
    const full = await keeper().change(place, undefined, values({ token: Buffer.alloc(1024 * 1024) }), []);
    const kept = keeper({ record: recordOf(full) + record.replace(/^.*"token".*\n/m, '') });
    const both = full.text.replace('  template:', `    user: ${sealedData(text).user}\n  template:`);
    expect(told(kept.inspect(place, both, keys))).toEqual([
      ['damaged', undefined, `${place.path}: its values have ${1024 * 1024 + 10} bytes together`],
    ]);
  });
});

describe('a value', () => {
  const value = (name: string, kind: string, what: string) => [[kind, name, `${place.path}: "${name}" ${what}`]];

  test.each([
    ['cut off', () => token.slice(0, 300)],
    ['cut off within four characters', () => token.slice(0, 301)],
    ['without its last byte and padding', () => token.replace(/..=*$/, '=')],
  ])('%s', (_, cut) => {
    expect(inspect(changed(token, cut()))).toEqual(
      value('token', 'damaged', 'is a sealed value that was cut off or changed'),
    );
  });

  test.each(['readable', 'cmVhZGFibGU=', '1234', 'null', '{ deeper: readable }', '""'])(
    'in plain text: %s',
    (plain) => {
      expect(inspect(changed(token, plain))).toEqual(value('token', 'plain-text', 'is not sealed'));
    },
  );

  test('for a key of another size', async () => {
    const large = testKey({ bits: 3072 });
    const other = await keeper({ pem: large.pem }).change(place, undefined, values({ token: 'x', user: 'y' }), []);
    const what = "is sealed for a key of 3072 bits, and the pinned certificate's has 2048";
    expect(inspect(other.text, { record: undefined })).toEqual([
      ...value('token', 'wrong-key', what),
      ...value('user', 'wrong-key', what),
    ]);
  });

  test('whose block is no number below the modulus, with no record to say so', () => {
    const bytes = Buffer.from(token, 'base64');
    bytes.fill(0xff, 2, 258);
    expect(inspect(changed(token, bytes.toString('base64')))).toEqual(
      value('token', 'wrong-key', "is not sealed for the pinned certificate's key, or it was changed since"),
    );
  });

  test('for another certificate of the same size: only the record shows it', async () => {
    const findings = keeper({ record, pem: otherKey.pem }).inspect(place, text, keys);
    const kinds = new Set(findings.map(({ kind }) => kind));
    expect([...kinds]).toEqual(['wrong-key']);
    expect(findings.map(({ key: name }) => name)).toEqual(keys);
  });

  test('for a certificate that was issued again for the same key', () => {
    const again = testKey({ ...key, notAfterYear: '40', commonName: 'again' });
    expect(inspect(text, { pem: again.pem })).toEqual([]);
  });

  test('without a record', () => {
    expect(keeper().inspect(place, text, keys)).toEqual(
      keys.map((name) => ({
        kind: 'unverifiable',
        key: name,
        message: `${place.path}: "${name}" has no record`,
        why: 'A ciphertext shows neither its key nor its name: whether the cluster can open it is not known.',
        help: `Give its value again: chitin secrets set test demo/agent-token ${name}. If you sealed it for ${certificatePath} with another program, say so: chitin secrets adopt test demo/agent-token`,
      })),
    );
  });

  test('that is another than its record says', async () => {
    const bytes = Buffer.from(token, 'base64');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    const tampered = bytes.toString('base64');
    expect(() => open(key, 'demo/agent-token', tampered)).toThrow();
    const what = 'is not the value that its record is about';
    expect(inspect(changed(token, tampered))).toEqual(value('token', 'unverifiable', what));
    const elsewhere = await keeper().change(place, undefined, values({ token: 'dummy' }), []);
    expect(inspect(changed(token, sealedData(elsewhere.text).token ?? ''))).toEqual(
      value('token', 'unverifiable', what),
    );
  });

  test('that stands under the key of another', () => {
    const user = sealedData(text).user ?? '';
    expect(inspect(changed(token, user))).toEqual(value('token', 'stale', 'was sealed as "user" of demo/agent-token'));
  });
});

describe('the record', () => {
  const line = (name: string) => new RegExp(`^.*"key":"${name}".*\n`, 'm').exec(record)?.[0] ?? '';

  test.each([
    ['another certificate', /"sealedFor":"[0-9a-f]{64}"/, `"sealedFor":"${'0'.repeat(64)}"`, 'wrong-key'],
    ['another ciphertext', /"ciphertext":"[0-9a-f]{64}"/, `"ciphertext":"${'0'.repeat(64)}"`, 'unverifiable'],
    ['another scope', '"strict"', '"cluster-wide"', 'stale'],
    ['another name', '"agent-token"', '"other"', 'stale'],
    ['another key', '"token"', '"password"', 'stale'],
  ])('that was changed by hand to %s', (_, from, to, kind) => {
    const forged = record.replace(line('token'), line('token').replace(from, to));
    expect(forged).not.toBe(record);
    const findings = inspect(text, { record: forged });
    expect(findings[0]?.slice(0, 2)).toEqual([kind, 'token']);
  });

  test('with a line too many', () => {
    expect(inspect(changed(/^ {4}user: .*\n/m, ''), {}, ['token'])).toEqual([
      [
        'stale',
        'user',
        `${recordPath}: it has a line for "user" of demo/agent-token, which ${place.path} does not hold`,
      ],
    ]);
  });

  test('with the lines of both sides of a merge: that which fits counts', () => {
    const older = line('token').replace(/"ciphertext":"[0-9a-f]{64}"/, `"ciphertext":"${'0'.repeat(64)}"`);
    expect(inspect(text, { record: older + record + older })).toEqual([]);
  });

  test('with a conflict of a merge', () => {
    const conflict = `<<<<<<< HEAD\n${line('token')}=======\n${line('user')}>>>>>>> other\n`;
    expect(inspect(text, { record: conflict })).toEqual([
      ['damaged', undefined, `${recordPath}: not lines of a record: 1, 3, 5`],
    ]);
  });
});

describe('the certificate', () => {
  test('that is not there, is none, or expired: each file says so', () => {
    expect(inspect(text, { pem: undefined })).toEqual([['missing', undefined, `there is no ${certificatePath}`]]);
    expect(inspect(text, { pem: 'x' })).toEqual([['damaged', undefined, `${certificatePath}: no certificate in PEM`]]);
    const expired = testKey({ ...key, notAfterYear: '26' }).pem;
    expect(inspect(text, { pem: expired })).toEqual([
      ['expired', undefined, `${certificatePath}: the certificate expired on 2026-01-01`],
    ]);
  });
});

test('no finding quotes a value, readable or sealed', () => {
  const secret = 'correct-horse-battery-staple';
  const texts = [
    secret,
    `kind: [${secret}`,
    changed(token, secret),
    changed(token, `{ deeper: ${secret} }`),
    changed('metadata:\n', `metadata:\n  annotations: { note: ${secret} }\n`),
    changed('  template:\n', `  template:\n    data: { url: ${secret} }\n`),
    `# ${secret}\n${text}`,
    text,
  ];
  for (const each of texts) {
    const findings = JSON.stringify(keeper({ record: secret, pem: secret }).inspect(place, each, keys));
    expect(findings.length).toBeGreaterThan(10);
    for (const hidden of [secret, token.slice(0, 40), token.slice(-40)]) expect(findings).not.toContain(hidden);
  }
});
