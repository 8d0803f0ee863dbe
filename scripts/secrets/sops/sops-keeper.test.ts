import { beforeAll, describe, expect, test } from 'vitest';
import { sopsKeeper } from './sops-keeper.ts';
import { bytesOf, engineWith, errorOf, keyPair, masked, place, texts } from './testing/engine.ts';

const [cluster, stranger] = await Promise.all([keyPair(), keyPair()]);
const engine = engineWith(cluster);
const keeper = sopsKeeper([cluster.recipient], engine);
const { path } = place;
let text: string;

beforeAll(async () => {
  text = (await keeper.change(place, undefined, bytesOf({ token: 'dummy', user: 'dummy' }), [])).text;
});

/** The file with one change, which has to be one. */
function changed(from: string | RegExp, to: string): string {
  const after = text.replace(from, to);
  expect(after).not.toBe(text);
  return after;
}

describe('change', () => {
  test('makes a file, changes it, and removes keys', async () => {
    const after = await keeper.change(place, text, bytesOf({ user: 'other' }), ['token']);
    expect(texts(await engine.open({ path, text: after.text }))).toEqual({ user: 'other' });
    expect(masked(text)).toContain(`          recipient: ${cluster.recipient}\n`);
    expect(await keeper.change(place, text, bytesOf({ user: 'dummy' }), ['none'])).toEqual({ text });
  });

  test('refuses a file that was renamed', async () => {
    const moved = { ...place, name: 'other', path: 'clusters/lab/secrets/demo/other.yaml' };
    const error = await errorOf(keeper.change(moved, text, bytesOf({ user: 'x' }), []));
    expect(error.message).toBe(`${moved.path}: it holds demo/claw, and its path says demo/other
The MAC covers its name: the file was moved, or changed by hand.
Move the file back, or remove it and set all its values again.`);
  });

  test('gives no new value to a recipient that is not the cluster’s', async () => {
    const both = await engine.create(place, bytesOf({ token: 'dummy' }), [cluster.recipient, stranger.recipient]);
    const error = await errorOf(keeper.change(place, both, bytesOf({ token: 'correct-horse' }), []));
    expect(
      error.message,
    ).toBe(`${path}: encrypted to other keys than the cluster's; not the cluster's: ${stranger.recipient}
A new value would be readable to whom it is not meant for, or not to whom it is.
Bring the recipients of the files in step first: chitin secrets rotate`);
    const none = await engine.create(place, bytesOf({ token: 'dummy' }), [stranger.recipient]);
    expect((await errorOf(keeper.change(place, none, new Map(), ['token']))).message).toContain(
      `; missing: ${cluster.recipient}; not the cluster's: ${stranger.recipient}\n`,
    );
  });
});

describe('inspect, without a private key', () => {
  const inspect = (of: string | undefined, keys: readonly string[] = ['token', 'user'], at = place) =>
    keeper.inspect(at, of, keys);
  const [setIt, restore] = [
    (key: string) => `Give it a value: chitin secrets set lab demo/claw ${key}`,
    'Take the file from the last commit in which it was whole, or set its values again.',
  ];

  test('nothing is wrong with what we write', () => {
    expect(inspect(text)).toEqual([]);
  });

  test('a file that is not there is one finding for each key', () => {
    expect(inspect(undefined)).toEqual([
      {
        kind: 'missing',
        key: 'token',
        message: `${path}: key "token" is missing, and so is the file`,
        help: setIt('token'),
      },
      {
        kind: 'missing',
        key: 'user',
        message: `${path}: key "user" is missing, and so is the file`,
        help: setIt('user'),
      },
    ]);
    expect(inspect(undefined, [])).toEqual([]);
  });

  test('keys that are missing, and keys that nothing needs', () => {
    expect(inspect(text, ['token', '__proto__'])).toEqual([
      { kind: 'missing', key: '__proto__', message: `${path}: key "__proto__" is missing`, help: setIt('__proto__') },
      {
        kind: 'stale',
        key: 'user',
        message: `${path}: key "user" is needed by nothing`,
        help: 'Remove it: chitin secrets remove lab demo/claw user',
      },
    ]);
  });

  test('another name than its path says', () => {
    const at = { ...place, name: 'other', path: 'clusters/lab/secrets/demo/other.yaml' };
    expect(inspect(text, ['token', 'user'], at)).toMatchObject([
      { kind: 'stale', message: `${at.path}: it holds demo/claw, and its path says demo/other` },
    ]);
  });

  test('other recipients', () => {
    const other = changed(cluster.recipient, stranger.recipient);
    expect(inspect(other)).toEqual([
      {
        kind: 'wrong-key',
        message: `${path}: encrypted to other keys than the cluster's; missing: ${cluster.recipient}; not the cluster's: ${stranger.recipient}`,
        help: 'Correct `recipients` in the cluster, or encrypt its files again: chitin secrets rotate lab',
      },
    ]);
    const groups = changed('    age:\n', '    key_groups:\n        - age: []\n    age:\n');
    expect(inspect(groups)).toMatchObject([{ kind: 'wrong-key', message: expect.stringContaining('key_groups') }]);
  });

  const plain: readonly [string, string | RegExp, string, string][] = [
    ['a value', /token: .*/, 'token: correct-horse', 'stringData.token'],
    ['a comment', 'stringData:', 'stringData: # was correct-horse', 'the comment in line 6'],
    ['a comment behind a value', /(token: .*)/, '$1 # was correct-horse', 'the comment in line 7'],
    ['a field', 'sops:', 'more: correct-horse\nsops:', 'more'],
    ['everything', /sops:[\s\S]*/, '', 'the whole file (there is no sops section with a MAC)'],
  ];
  test.each(plain)('plain text: %s', (_, from, to, what) => {
    expect(inspect(changed(from, to))).toEqual([
      {
        kind: 'plain-text',
        message: `${path}: not encrypted: ${what}`,
        why: 'Whoever can read the repository can read it.',
        help: 'Remove the file, and give its values again: chitin secrets set lab demo/claw KEY. If it was ever committed like this, replace the values: they are public.',
      },
    ]);
  });

  test('a # that begins no comment, and encrypted comments', () => {
    const labels = "metadata:\n    annotations:\n        a: \"x # y\"\n        b: 'x # it''s y'\n        c: x#y\n";
    expect(inspect(changed('metadata:\n', labels))).toEqual([]);
    expect(inspect(changed(/(token: .*)/, '#ENC[AES256_GCM,x]\n    $1 #ENC[AES256_GCM,x]'))).toEqual([]);
  });

  const damaged: readonly [string, string | RegExp, string, string, string | undefined][] = [
    [
      'no YAML',
      'stringData:',
      'correct-horse: [',
      'not a Secret in YAML',
      'It must hold one v1 Secret, encrypted with sops. Remove it, and give its values again: chitin secrets set lab demo/claw KEY',
    ],
    ['an empty MAC', /mac: .*/, 'mac: ""', 'its MAC is not one that sops wrote', restore],
    [
      'no time',
      /lastmodified: .*/,
      'lastmodified: correct-horse',
      'lastmodified of its sops section is not a time',
      restore,
    ],
    [
      'a data key that was cut',
      / +-----END AGE.*\n/,
      '',
      `the data key for ${cluster.recipient} is not an age file`,
      restore,
    ],
    [
      'a name that is encrypted',
      'metadata:\n',
      'metadata:\n    labels:\n        data: ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]\n',
      'metadata.labels.data: encrypted, and meant to be read',
      restore,
    ],
    [
      'another rule',
      '^(data|stringData)$',
      '^data$',
      'its rule for what is encrypted is not encrypted_regex: ^(data|stringData)$',
      "Make the file again: sops decrypt, then sops encrypt --encrypted-regex '^(data|stringData)$'.",
    ],
    [
      'a MAC over encrypted values alone',
      '    version',
      '    mac_only_encrypted: true\n    version',
      'its MAC covers encrypted values alone (mac_only_encrypted)',
      'Remove mac_only_encrypted from .sops.yaml, and make the file again.',
    ],
    [
      'a number',
      /(token: .*type:)str/,
      '$1int',
      'the value of token was encrypted as int, and not as a string',
      setIt('token'),
    ],
  ];
  test.each(damaged)('damaged: %s', (_, from, to, what, help) => {
    const findings = inspect(changed(from, to));
    expect(findings).toMatchObject([{ kind: 'damaged', message: `${path}: ${what}`, help }]);
    expect(JSON.stringify(findings)).not.toMatch(/horse|ENC\[/);
  });
});
