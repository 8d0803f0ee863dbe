import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { recipient } from '../testing/cluster.ts';
import { folder } from '../testing/folder.ts';
import type { PlacedSecret } from './secret.ts';
import { sops } from './sops.ts';
import { folderStore } from './store.ts';

/** What sops 3.13 made of Secret `nobody` in namespace `demo`, with one key, `token`, in `stringData`. */
const encrypted = readFileSync(
  new URL('../../scripts/synth/fixtures/errors/clusters/secret-unneeded/secrets/demo/nobody.yaml', import.meta.url),
  'utf8',
);
const other = 'age1wmp0w2c6qsktxpfat0v60eu0mahvnnf0etzdnr7k8mf73cmgnq9qlwezlz';
const path = 'clusters/lab/secrets/demo/nobody.yaml';

/** Renders the Secret from a file, which is missing when there is no text. */
function render(text: string | undefined, keys: PlacedSecret['keys'] = { token: 'token of the service' }) {
  const files = folder(text === undefined ? {} : { [path]: text });
  const secret = { name: 'nobody', namespace: 'demo', secretName: 'nobody', keys };
  return sops({ recipients: [recipient] }).render(secret, folderStore(`${files}/clusters/lab`));
}

/** The file with one change, which has to be one. */
function changed(from: string | RegExp, to: string): string {
  const text = encrypted.replace(from, to);
  expect(text).not.toBe(encrypted);
  return text;
}

test('an encrypted file travels byte for byte', () => {
  const { objects, checksum, problems } = render(encrypted);
  expect(problems).toEqual([]);
  expect(checksum).toMatch(/^[0-9a-f]{64}$/);
  expect(objects).toHaveLength(1);
  expect(objects[0]?.text).toBe(encrypted);
  expect(objects[0]?.props).toMatchObject({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'nobody', namespace: 'demo' },
    stringData: { token: expect.stringMatching(/^ENC\[AES256_GCM,/) },
  });
});

test('a Secret with a type is taken when that type is needed, and refused when another is', () => {
  const typed = changed('stringData:\n', 'type: kubernetes.io/ssh-auth\nstringData:\n');
  const of = (text: string) =>
    sops({ recipients: [recipient] }).render(
      {
        name: 'nobody',
        namespace: 'demo',
        secretName: 'nobody',
        type: 'kubernetes.io/ssh-auth',
        keys: { token: 'token of the service' },
      },
      folderStore(`${folder({ [path]: text })}/clusters/lab`),
    );
  expect(of(typed).objects[0]?.props).toMatchObject({ type: 'kubernetes.io/ssh-auth' });
  expect(of(encrypted).problems.map(({ message }) => message)).toEqual([
    `${path}: the Secret is of type Opaque, and kubernetes.io/ssh-auth is needed`,
  ]);
});

test('values of other types and empty values are as sops leaves them', () => {
  expect(render(changed('type:str', 'type:int')).problems).toEqual([]);
  expect(render(changed(/token: ENC.*/, 'token: ""')).problems).toEqual([]);
  expect(render(changed('stringData:', 'data:')).problems).toEqual([]);
});

test('the checksum depends on the encrypted values alone', () => {
  const { checksum } = render(encrypted);
  expect(checksum).toBeDefined();
  const untouched = [
    changed(/lastmodified: .*/, 'lastmodified: "2027-01-01T00:00:00Z"'),
    changed(/mac: ENC\[AES256_GCM,data:..../, 'mac: ENC[AES256_GCM,data:AAAA'),
    changed(/version: .*/, 'version: 3.14.0'),
    changed('apiVersion: v1\nkind: Secret\n', 'kind: Secret\napiVersion: v1\n'),
  ];
  for (const text of untouched) expect(render(text).checksum).toBe(checksum);
  expect(render(changed('data:2g==', 'data:3g==')).checksum).not.toBe(checksum);
  expect(render(changed('  token:', '  tokens:'), { tokens: 'renamed' }).checksum).not.toBe(checksum);
});

describe('refused, with what to do', () => {
  test('a file that is missing', () => {
    expect(render(undefined, { token: 'token of the service', user: 'its user' })).toEqual({
      objects: [],
      findings: [],
      problems: [
        {
          message: `secret demo/nobody: there is no ${path}`,
          why: 'It needs token (token of the service), user (its user).',
          help: 'Give it its values: chitin secrets set lab demo/nobody token && chitin secrets set lab demo/nobody user',
        },
      ],
    });
  });

  const setAny = 'chitin secrets set lab demo/nobody KEY';
  const notASecret = {
    message: `${path}: not a Secret in YAML`,
    help: `It must hold one v1 Secret, encrypted with sops. Remove it, and give its values again: ${setAny}`,
  };
  const notEncrypted = (what: string) => ({
    message: `${path}: not encrypted: ${what}`,
    why: 'Whoever can read the repository can read it.',
    help: `Remove the file, and give its values again: ${setAny}. If it was ever committed like this, replace the values: they are public.`,
  });
  const otherKeys = (which: string) => ({
    message: `${path}: encrypted to other keys than the cluster's; ${which}`,
    help: 'Correct `recipients` in the cluster, or encrypt its files again: chitin secrets rotate lab',
  });
  const named = (holds: string) => ({
    message: `${path}: it holds ${holds}, and its path says demo/nobody`,
    help: `Rename the file, or remove it and give its values again: ${setAny}. Its MAC covers the name.`,
  });
  const cases: readonly [string, () => string, object][] = [
    ['text that is not YAML', () => 'kind: [Secret\n', notASecret],
    ['no text', () => '', notASecret],
    ['two documents', () => `${encrypted}---\n${encrypted}`, notASecret],
    ['a key that is there twice', () => changed('  name: nobody\n', '  name: nobody\n  name: nobody\n'), notASecret],
    ['another kind', () => changed('kind: Secret', 'kind: ConfigMap'), notASecret],
    ['no metadata', () => changed(/metadata:\n.*\n.*\n/, ''), notASecret],
    ['another name', () => changed('name: nobody', 'name: somebody'), named('demo/somebody')],
    ['another namespace', () => changed('namespace: demo', 'namespace: default'), named('default/nobody')],
    ['a value in plain text', () => changed(/token: ENC.*/, 'token: readable'), notEncrypted('stringData.token')],
    ['a number', () => changed(/token: ENC.*/, 'token: 1234'), notEncrypted('stringData.token')],
    ['a list', () => changed(/token: ENC.*/, 'token: [readable]'), notEncrypted('stringData.token')],
    [
      'one value in plain text beside an encrypted one',
      () => changed('stringData:\n', 'data:\n  user: cmVhZGFibGU=\nstringData:\n'),
      notEncrypted('data.user'),
    ],
    ['text around a ciphertext', () => changed('token: ENC', 'token: readable ENC'), notEncrypted('stringData.token')],
    [
      'a comment behind a ciphertext',
      () => changed(/( {2}token: .*)/, '$1 # was readable'),
      notEncrypted('the comment in line 7'),
    ],
    [
      'a file that sops never saw',
      () => `${encrypted.slice(0, encrypted.indexOf('stringData:'))}stringData:\n  token: readable\n`,
      notEncrypted('stringData.token, the whole file (there is no sops section with a MAC)'),
    ],
    [
      'no MAC',
      () => changed(/ {2}mac: .*\n/, ''),
      notEncrypted('the whole file (there is no sops section with a MAC)'),
    ],
    [
      'another recipient',
      () => changed(recipient, other),
      otherKeys(`missing: ${recipient}; not the cluster's: ${other}`),
    ],
    [
      'one recipient more',
      () => changed('  age:\n', `  age:\n    - recipient: ${other}\n      enc: ""\n`),
      otherKeys(`not the cluster's: ${other}`),
    ],
    [
      'a type that nothing asked for',
      () => changed('stringData:\n', 'type: kubernetes.io/tls\nstringData:\n'),
      {
        message: `${path}: the Secret is of type kubernetes.io/tls, and Opaque is needed`,
        why: 'Whoever reads it looks for that type, and Kubernetes does not let it be changed later.',
        help: `Remove the file, and give its values again: ${setAny}. Its MAC covers the type.`,
      },
    ],
    ['no recipient', () => changed(/ {2}age:\n( {4}.*\n)+/, '  age: []\n'), otherKeys(`missing: ${recipient}`)],
  ];
  test.each(cases)('%s', (_, text, problem) => {
    expect(render(text())).toEqual({ objects: [], findings: [], problems: [problem] });
  });

  test('keys that are missing, and keys that nothing needs', () => {
    expect(render(encrypted, { tokens: 'tokens of the service' })).toEqual({
      objects: [],
      findings: [],
      problems: [
        {
          message: `${path}: key "tokens" is missing (tokens of the service)`,
          help: 'Give it a value: chitin secrets set lab demo/nobody tokens',
        },
        {
          message: `${path}: key "token" is needed by nothing`,
          help: 'Remove it: chitin secrets remove lab demo/nobody token',
        },
      ],
    });
  });
});

test('no message holds a value, readable or encrypted', () => {
  const secret = 'correct-horse-battery-staple';
  const texts = [
    changed(/token: ENC.*/, `token: ${secret}`),
    changed(/token: ENC.*/, `token: { deeper: ${secret} }`),
    changed(/token: ENC.*/, `token: [${secret}]`),
    changed(/stringData:\n.*\n/, `stringData: ${secret}\n`),
    changed(/token: ENC.*/, `token: ${secret}\n bad: [${secret}`),
    `${secret}: [`,
    `${secret}\n`,
    `stringData:\n  token: ${secret}\n`,
    changed('name: nobody', 'name: somebody'),
    changed(recipient, other),
    changed('  token:', '  tokens:'),
  ];
  for (const text of texts) {
    const { problems, objects } = render(text);
    expect(objects).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toMatch(/horse|ENC\[/);
  }
});

test('a store lists its files in a fixed order, and only Secrets', () => {
  const root = folder({
    'clusters/lab/secrets/web/b.yaml': '',
    'clusters/lab/secrets/web/a.yaml': '',
    'clusters/lab/secrets/demo/z.yaml': '',
    'clusters/lab/secrets/demo/notes.md': '',
    'clusters/lab/secrets/README.md': '',
  });
  expect(folderStore(`${root}/clusters/lab`).list()).toEqual([
    { namespace: 'demo', name: 'z' },
    { namespace: 'web', name: 'a' },
    { namespace: 'web', name: 'b' },
  ]);
  expect(folderStore(`${root}/clusters/none`).list()).toEqual([]);
});
