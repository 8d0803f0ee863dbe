/**
 * Files of the embedded implementation by the real sops, and the other way round; the wrapped data key by the real age. Needs
 * sops and age on the PATH; what Flux hands to the API server is tried when kubectl is there too.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { execa, type Options } from 'execa';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSopsFile } from '../constructs/secrets/sops-file.ts';
import { creationRules } from '../scripts/secrets/sops/creation-rules.ts';
import { embeddedEngine } from '../scripts/secrets/sops/embedded.ts';
import { findIdentities } from '../scripts/secrets/sops/identities.ts';
import { inspectSops } from '../scripts/secrets/sops/inspect.ts';
import { programEngine } from '../scripts/secrets/sops/program.ts';
import { announceSkip, missing } from './environment.ts';

const skip = missing({ programs: ['sops', 'age'] });
announceSkip('the real sops and age open our files, and we open theirs', skip);
const withoutKubectl = skip ?? missing({ programs: ['kubectl'] });
if (!skip) announceSkip('what Flux hands on is read by kubectl', withoutKubectl);

const place = { namespace: 'demo', name: 'claw', path: 'clusters/lab/secrets/demo/claw.yaml' };
const { path } = place;

/** Values that are awkward to write as YAML, and dummies all of them. */
const values = new Map<string, Uint8Array>(
  [
    ['token', 'dummy value of token'],
    ['.dockerconfigjson', '{\n  "auths": {}\n}\n'],
    ['8080', 'dummy'],
    ['on', '0123'],
    ['empty', ''],
    ['crlf', 'dummy\r\nlines\r\n'],
    ['newlines', '\n\ndummy\n\n\n'],
    ['tab', '\tdummy\nlines\n'],
    ['spaces', '  dummy\n lines \n'],
    ['unicode', 'é 中 😀 \u0085 \u2028 \u202e \ufeff \ufffe \u007f \u0001'],
    ['mark', '\ufeffdummy'],
    ['yaml', '- &a !!b *c: "d" # e\n---\n'],
    ['encrypted', 'ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]'],
    ['large', 'dummy '.repeat(50_000)],
    ['bytes', Uint8Array.from({ length: 256 }, (_, index) => index)],
  ].map(([key, value]) => [key as string, typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array)]),
);

interface Decrypted {
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

/** What the API server would make of a Secret. */
function secretValues({ data, stringData }: Decrypted): Map<string, Uint8Array> {
  return new Map([
    ...Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
    ...Object.entries(stringData ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const),
  ]);
}

/** Values in the order of their keys, as text that shows in a report. */
function shown(of: ReadonlyMap<string, Uint8Array>): (readonly [string, string])[] {
  return [...of]
    .map(([key, bytes]) => [key, Buffer.from(bytes).toString('latin1')] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

describe.skipIf(skip)('the real sops and age open our files, and we open theirs', () => {
  let folder: string;
  let env: Record<string, string>;
  let recipient: string;
  let other: string;
  const ours = embeddedEngine({
    identities: () => findIdentities({ env, platform: process.platform, home: folder }),
    now: () => new Date(),
  });
  const run = async (program: string, args: readonly string[], options: Options = {}) => {
    const { stdout } = await execa(program, args, { env, extendEnv: false, stripFinalNewline: false, ...options });
    return stdout as string;
  };
  const decrypt = async (text: string, type = 'json') =>
    await run('sops', ['decrypt', '--input-type', 'yaml', '--output-type', type], { input: text });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chitin-sops-'));
    const [identity, second] = await Promise.all([generateX25519Identity(), generateX25519Identity()]);
    [recipient, other] = await Promise.all([identityToRecipient(identity), identityToRecipient(second)]);
    writeFileSync(join(folder, 'keys.txt'), `${identity}\n`, { mode: 0o600 });
    env = { PATH: process.env.PATH ?? '', HOME: folder, SOPS_AGE_KEY_FILE: join(folder, 'keys.txt') };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('sops opens what we made, changed and encrypted to others', async () => {
    const made = await ours.create(place, values, [recipient, other]);
    expect(shown(secretValues(JSON.parse(await decrypt(made))))).toEqual(shown(values));
    const set = new Map([
      ['token', Buffer.from('another dummy')],
      ['added', Buffer.from('\0')],
    ]);
    const changed = await ours.change({ path, text: made }, set, ['yaml', '8080']);
    const expected = new Map([...values, ...set]);
    for (const key of ['yaml', '8080']) expected.delete(key);
    expect(shown(secretValues(JSON.parse(await decrypt(changed))))).toEqual(shown(expected));
    const fewer = await ours.updateRecipients({ path, text: changed }, [recipient]);
    expect(fewer.removed).toEqual([other]);
    expect(shown(secretValues(JSON.parse(await decrypt(fewer.text))))).toEqual(shown(expected));
    const more = await ours.updateRecipients({ path, text: fewer.text }, [other, recipient]);
    expect(more.added).toEqual([other]);
    expect(shown(secretValues(JSON.parse(await decrypt(more.text))))).toEqual(shown(expected));
  });

  test('sops writes our file again as it is, but for what it encrypts anew', async () => {
    const text = await ours.create(place, values, [recipient]);
    const file = join(folder, 'again.yaml');
    writeFileSync(file, text);
    await run('sops', ['set', '--value-stdin', file, '["stringData"]["token"]'], { input: '"another dummy"' });
    const again = readFileSync(file, 'utf8').split('\n');
    const differ = text.split('\n').filter((line) => !again.includes(line));
    expect(differ.map((line) => line.replace(/ENC.*|".*/, '…')).filter((line) => !/lastmodified/.test(line))).toEqual([
      '    token: …',
      '    mac: …',
    ]);
    expect(shown(await ours.open({ path, text: again.join('\n') }))).toEqual(
      shown(new Map([...values, ['token', Buffer.from('another dummy')]])),
    );
  });

  test('sops refuses what we refuse: a name that was changed, a value that was moved', async () => {
    const text = await ours.create(place, values, [recipient]);
    const renamed = text.replace('name: claw', 'name: crab');
    await expect(decrypt(renamed)).rejects.toMatchObject({ exitCode: 51 });
    await expect(ours.open({ path, text: renamed })).rejects.toMatchObject({ kind: 'mac' });
    const moved = text.replace('    token: ', '    other: ');
    await expect(decrypt(moved)).rejects.toMatchObject({ exitCode: 25 });
    await expect(ours.open({ path, text: moved })).rejects.toMatchObject({ kind: 'damaged' });
  });

  test('we open what the program made, and change it', async () => {
    const program = programEngine({ identities: () => ({ keys: [], inFiles: true }), now: () => new Date() }, env);
    const made = await program.create(place, values, [recipient, other]);
    expect(shown(await ours.open({ path, text: made }))).toEqual(shown(values));
    expect(shown(await program.open({ path, text: made }))).toEqual(shown(values));
    expect(inspectSops(place, made, [...values.keys()], [recipient, other])).toEqual([]);
    const changed = await ours.change({ path, text: made }, new Map([['token', Buffer.from('x')]]), []);
    expect(changed.split('\n').filter((line) => !made.includes(line)).length).toBeLessThanOrEqual(3);
    expect(shown(await program.open({ path, text: changed }))).toEqual(
      shown(new Map([...values, ['token', Buffer.from('x')]])),
    );
  });

  test('both write the same file, but for what is random', async () => {
    const program = programEngine({ identities: () => ({ keys: [], inFiles: true }), now: () => new Date() }, env);
    const plain = (text: string) =>
      text
        .replace(/data:[^,]+,iv:[^,]+,tag:[^,]+,/g, '')
        .replace(/^ {12}[A-Za-z0-9+/=]+$/gm, '')
        .replace(/lastmodified: .*|version: .*/g, '');
    const few = new Map(
      ['token', 'empty', '8080', '.dockerconfigjson', 'on', 'bytes'].map((key) => [
        key,
        values.get(key) ?? Buffer.of(),
      ]),
    );
    const [a, b] = [
      await ours.create(place, few, [recipient, other]),
      await program.create(place, few, [recipient, other]),
    ];
    expect(plain(a)).toBe(plain(b));
  });

  test('we open what sops makes of any Secret: comments, numbers, lists, another indentation', async () => {
    writeFileSync(join(folder, '.sops.yaml'), 'stores:\n  yaml:\n    indent: 2\n');
    const plain = `# a comment
apiVersion: v1
kind: Secret
metadata:
  name: claw
  namespace: demo
  finalizers: [example.test/a, example.test/b]
  labels: { data: one, version: 1.2.3, quoted: "1.20" }
  generation: 12
  creationTimestamp: null
immutable: true
stringData:
  # another
  token: dummy # a third
  count: 8080
  flag: true
  part: 1.5
`;
    const args = ['encrypt', '--encrypted-regex', '^(data|stringData)$', '--age', recipient];
    const text = await run('sops', [...args, '--filename-override', 'claw.yaml'], { input: plain, cwd: folder });
    expect(text).toContain('\n  name: claw\n');
    const expected = { token: 'dummy', count: '8080', flag: 'true', part: '1.5' };
    const opened = await ours.open({ path, text });
    expect(shown(opened)).toEqual(shown(new Map(Object.entries(expected).map(([k, v]) => [k, Buffer.from(v)]))));
    const changed = await ours.change({ path, text }, new Map([['count', Buffer.from('1')]]), ['flag']);
    const { metadata, stringData } = load(await decrypt(changed, 'yaml')) as Record<string, object>;
    expect(stringData).toEqual({ token: 'dummy', count: '1', part: 1.5 });
    expect(metadata).toMatchObject({ labels: { data: 'one', version: '1.2.3', quoted: '1.20' }, generation: 12 });
    rmSync(join(folder, '.sops.yaml'));
  });

  test('age opens the data key, of post-quantum recipients too', async () => {
    const identity = await generateHybridIdentity();
    const file = join(folder, 'hybrid.txt');
    writeFileSync(file, `${identity}\n`, { mode: 0o600 });
    const text = await ours.create(place, values, [recipient, await identityToRecipient(identity)]);
    const wrapped = parseSopsFile(text)?.sops?.age as readonly { readonly enc: string }[];
    const open = async (keys: string, index: number) => {
      const input = wrapped[index]?.enc ?? '';
      const { stdout } = await execa('age', ['--decrypt', '--identity', keys], { input, encoding: 'buffer' });
      return Buffer.from(stdout).toString('hex');
    };
    const dataKey = await open(join(folder, 'keys.txt'), 0);
    expect(dataKey).toMatch(/^[0-9a-f]{64}$/);
    expect(await open(file, 1)).toBe(dataKey);
    const json = await run('sops', ['decrypt', '--input-type', 'yaml', '--output-type', 'json'], {
      env: { ...env, SOPS_AGE_KEY_FILE: file },
      input: text,
    });
    expect(shown(secretValues(JSON.parse(json)))).toEqual(shown(values));
  });

  test('sops takes our rules of .sops.yaml for the files of a cluster, and for no others', async () => {
    const rules = creationRules('creation_rules:\n  - path_regex: \\.env$\n    age: none\n', [
      { name: 'lab', recipients: [recipient, other] },
    ]) as string;
    writeFileSync(join(folder, '.sops.yaml'), rules);
    const input =
      'apiVersion: v1\nkind: Secret\nmetadata:\n  name: claw\n  namespace: demo\nstringData:\n  token: dummy\n';
    const encrypt = async (name: string) =>
      await run('sops', ['encrypt', '--filename-override', name], { input, cwd: folder });
    const text = await encrypt(path);
    expect(inspectSops(place, text, ['token'], [recipient, other])).toEqual([]);
    await expect(encrypt('old-clusters/lab/secrets/demo/claw.yaml')).rejects.toMatchObject({ failed: true });
    await expect(encrypt('clusters/lab2/secrets/demo/claw.yaml')).rejects.toMatchObject({ failed: true });
    rmSync(join(folder, '.sops.yaml'));
  });

  test.skipIf(withoutKubectl)('kubectl reads what sops writes in YAML, as Flux hands it on', async () => {
    const text = await ours.create(place, values, [recipient]);
    const file = join(folder, 'plain.yaml');
    writeFileSync(file, await decrypt(text, 'yaml'));
    const read = await run('kubectl', ['annotate', '--local', '--filename', file, 'a=b', '--output', 'json']);
    expect(shown(secretValues(JSON.parse(read)))).toEqual(shown(values));
  });
});
