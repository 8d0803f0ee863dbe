import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder } from '../../../constructs/testing/folder.ts';
import { sopsEngine } from './choose-engine.ts';
import { programEngine } from './program.ts';
import { bytesOf, engineWith, errorOf, keyPair, place, texts } from './testing/engine.ts';

const cluster = await keyPair();
const { path } = place;
const now = () => new Date('2026-01-02T12:00:00Z');

/** A program by the name of sops that notes all that it is given, and ends with a status. */
function noting(answer: string, status = 0) {
  const notes = folder({ 'bin/sops': '', answer });
  const program = join(notes, 'bin/sops');
  writeFileSync(
    program,
    `#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done > ${notes}/arguments
/usr/bin/env > ${notes}/environment
/bin/cat > ${notes}/input
/bin/cat ${notes}/answer
echo "correct-horse does not match" >&2
exit ${status}
`,
  );
  chmodSync(program, 0o700);
  const keys = { SOPS_AGE_KEY_FILE: '/keys.txt', SOPS_AGE_KEY: cluster.identity };
  return {
    env: { PATH: join(notes, 'bin'), HOME: notes, ...keys, TOKEN: 'correct-horse' },
    note: (name: 'arguments' | 'environment' | 'input') => readFileSync(join(notes, name), 'utf8'),
  };
}

const keys = (inFiles: boolean) => () => ({ keys: [cluster.identity], inFiles });

describe('the sops program', () => {
  test('gets values by standard input, and nothing of them or of a private key in arguments or environment', async () => {
    const sops = noting('encrypted\n');
    const engine = programEngine({ identities: keys(true), now }, sops.env);
    const values = bytesOf({ token: 'correct-horse\u2028', '8080': 'é', bytes: '\0' });
    const typed = { ...place, type: 'kubernetes.io/tls' };
    expect(await engine.create(typed, values, [cluster.recipient, cluster.recipient])).toBe('encrypted\n');
    expect(sops.note('arguments').split('\n')).toEqual([
      ...[
        '--config',
        '/dev/null',
        'encrypt',
        '--input-type',
        'yaml',
        '--output-type',
        'yaml',
        '--filename-override',
        path,
      ],
      ...['--encrypted-regex', '^(data|stringData)$', '--age', cluster.recipient, ''],
    ]);
    const names = sops
      .note('environment')
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => !['PWD', 'SHLVL', '_'].includes(name ?? '')).sort()).toEqual([
      'HOME',
      'PATH',
      'SOPS_AGE_KEY_FILE',
    ]);
    expect(sops.note('input')).toBe(`apiVersion: v1
kind: Secret
metadata:
  name: "claw"
  namespace: "demo"
type: "kubernetes.io/tls"
stringData:
  "8080": "é"
  "token": "correct-horse\\u2028"
data:
  "bytes": "AA=="
`);
  });

  test('gets no private key that stands where a recipient should', async () => {
    const sops = noting('encrypted\n');
    const engine = programEngine({ identities: keys(true), now }, sops.env);
    const error = await errorOf(engine.create(place, bytesOf({ token: 'dummy' }), [cluster.identity]));
    expect(error.message).toMatch(/^one of the recipients is not a recipient that can be encrypted to\n/);
    expect(() => sops.note('arguments')).toThrow('ENOENT');
  });

  test('reads what is not supported not at all, and a key of SOPS_AGE_KEY itself', async () => {
    const sops = noting('{"stringData":{"token":"by the program"},"data":{"b":"AAE="}}');
    const text = await engineWith(cluster).create(place, bytesOf({ token: 'by us' }), [cluster.recipient]);
    const byProgram = programEngine({ identities: keys(true), now }, sops.env);
    expect(texts(await byProgram.open({ path, text }))).toEqual({ token: 'by the program', b: '\0\u0001' });
    expect(sops.note('input')).toBe(text);
    const byUs = programEngine({ identities: keys(false), now }, sops.env);
    expect(texts(await byUs.open({ path, text }))).toEqual({ token: 'by us' });
    const groups = text.replace('    age:\n', '    key_groups:\n        - age: []\n    age:\n');
    expect(await errorOf(byProgram.open({ path, text: groups }))).toMatchObject({ kind: 'unsupported' });
  });

  test('has its failure explained by us, and its own words are not shown', async () => {
    const sops = noting('', 51);
    const engine = programEngine({ identities: keys(true), now }, sops.env);
    const text = await engineWith(cluster).create(place, bytesOf({ token: 'dummy' }), [cluster.recipient]);
    const broken = await errorOf(engine.open({ path, text: text.replace('name: claw', 'name: crab') }));
    expect(broken).toMatchObject({ kind: 'mac' });
    const other = await errorOf(engine.open({ path, text }));
    expect(other.message).toBe(`${path}: sops decrypt failed with status 51
What sops wrote is not shown, since it may hold values.
Set CHITIN_SOPS=embedded, which says more, or try another version of sops.`);
    const create = await errorOf(engine.create(place, bytesOf({ token: 'dummy' }), [cluster.recipient]));
    expect(create.message).toContain('sops encrypt failed with status 51');
    expect(create.message).not.toContain('horse');
  });

  test('that writes no JSON, or is gone, is said so', async () => {
    const sops = noting('correct-horse');
    const text = await engineWith(cluster).create(place, bytesOf({ token: 'dummy' }), [cluster.recipient]);
    const engine = programEngine({ identities: keys(true), now }, sops.env);
    expect((await errorOf(engine.open({ path, text }))).message).toMatch(/: sops decrypt wrote what is not JSON\n/);
    const gone = programEngine({ identities: keys(true), now }, { PATH: '/nowhere' });
    expect((await errorOf(gone.open({ path, text }))).message).toMatch(/: sops decrypt could not be run\n/);
  });
});

describe('which implementation', () => {
  const name = (CHITIN_SOPS: string | undefined, there: boolean) =>
    sopsEngine({ identities: keys(true), now }, { CHITIN_SOPS }, (program) => there && program === 'sops').name;

  test('the program when it is there, unless CHITIN_SOPS says otherwise', () => {
    expect(name(undefined, true)).toBe('sops');
    expect(name(undefined, false)).toBe('embedded');
    expect(name('embedded', true)).toBe('embedded');
    expect(name('PATH', true)).toBe('sops');
    expect(() => name('PATH', false)).toThrow('CHITIN_SOPS is "PATH", and there is no sops on the PATH');
    expect(() => name('other', true)).toThrow('CHITIN_SOPS is neither "embedded" nor "PATH"');
  });
});
