import { describe, expect, test } from 'vitest';
import { sealedSecrets } from '../../../constructs/secrets/sealed-secrets.ts';
import { folderStore } from '../../../constructs/secrets/store.ts';
import { folder } from '../../../constructs/testing/folder.ts';
import { UsageError } from '../../usage-error.ts';
import { open, testKey } from './testing/certificate.ts';
import { keeper, key, place, recordOf, sealedData, values } from './testing/sealing.ts';

const opened = (text: string, name: string, label = 'demo/agent-token') =>
  open(key, label, sealedData(text)[name] ?? '').toString();

describe('a file that is made', () => {
  test.each([
    ['strict', 'demo/agent-token'],
    ['namespace-wide', 'demo'],
    ['cluster-wide', ''],
  ] as const)('%s: what the backend takes', async (scope, label) => {
    const kept = keeper({ scope });
    const { text } = await kept.change(place, undefined, values({ user: 'dummy user', token: 'dummy' }), []);
    expect(opened(text, 'token', label)).toBe('dummy');
    const files = folder({ [place.path]: text });
    const rendered = sealedSecrets({ certificate: './sealed-secrets.pem', scope }).render(
      { name: 'token', namespace: 'demo', secretName: 'agent-token', keys: { token: 'a', user: 'b' } },
      folderStore(`${files}/clusters/test`),
    );
    expect(rendered.problems).toEqual([]);
    expect(kept.inspect(place, text, ['token', 'user'])).toEqual([]);
  });

  test('its form is that of kubeseal', async () => {
    const { text } = await keeper({ scope: 'cluster-wide' }).change(place, undefined, values({ b: '1', a: '2' }), []);
    const data = sealedData(text);
    expect(text).toBe(`---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  annotations:
    sealedsecrets.bitnami.com/cluster-wide: "true"
  name: agent-token
  namespace: demo
spec:
  encryptedData:
    a: ${data.a}
    b: ${data.b}
  template:
    metadata:
      annotations:
        sealedsecrets.bitnami.com/cluster-wide: "true"
      name: agent-token
      namespace: demo
`);
  });

  test('the type that is needed stands in the template, and stays', async () => {
    const typed = { ...place, type: 'kubernetes.io/ssh-auth' };
    const kept = keeper();
    const { text } = await kept.change(typed, undefined, values({ 'ssh-privatekey': 'dummy' }), []);
    expect(text.endsWith('      namespace: demo\n    type: kubernetes.io/ssh-auth\n')).toBe(true);
    expect(kept.inspect(typed, text, ['ssh-privatekey'])).toEqual([]);
    expect(kept.inspect(place, text, ['ssh-privatekey'])).toMatchObject([
      { kind: 'stale', message: `${place.path}: spec.template.type is not Opaque` },
    ]);
    const next = await kept.change(typed, text, values({ 'ssh-publickey': 'dummy' }), []);
    expect(next.text).toContain('\n    type: kubernetes.io/ssh-auth\n');
  });

  test('names that YAML would take for something else', async () => {
    const odd = ['on', 'y', 'null', '1e3', '0x1f', '.5', '.inf', '12_3', '-a', '_', '2001-01-01'];
    const where = { namespace: '123', name: 'true', path: 'clusters/test/secrets/123/true.yaml' };
    const kept = keeper();
    const { text } = await kept.change(
      where,
      undefined,
      values(Object.fromEntries(odd.map((each) => [each, 'x']))),
      [],
    );
    expect(kept.inspect(where, text, odd)).toEqual([]);
    expect(Object.keys(sealedData(text)).sort()).toEqual(odd.toSorted());
  });
});

describe('a change', () => {
  const start = async () => {
    const first = await keeper().change(place, undefined, values({ a: '1', b: '2', d: '4' }), []);
    return { text: first.text, record: recordOf(first) };
  };

  test('seals what is given, and keeps the rest byte for byte', async () => {
    const { text, record } = await start();
    const next = await keeper({ record }).change(place, text, values({ b: 'new', c: 'added' }), []);
    const [before, after] = [text.split('\n'), next.text.split('\n')];
    expect(after.filter((line) => !before.includes(line)).map((line) => line.trim().split(':')[0])).toEqual(['b', 'c']);
    expect(Object.keys(sealedData(next.text))).toEqual(['a', 'b', 'c', 'd']);
    expect(['a', 'b', 'c', 'd'].map((name) => opened(next.text, name))).toEqual(['1', 'new', 'added', '4']);
    const [oldLines, newLines] = [record.split('\n'), recordOf(next).split('\n')];
    expect(newLines.filter((line) => !oldLines.includes(line)).map((line) => JSON.parse(line).key)).toEqual(['b', 'c']);
  });

  test('removes a key and its line', async () => {
    const { text, record } = await start();
    const next = await keeper({ record }).change(place, text, new Map(), ['b', 'absent']);
    expect(next.text).toBe(text.replace(/^ {4}b: .*\n/m, ''));
    expect(recordOf(next)).toBe(record.replace(/^.*"key":"b".*\n/m, ''));
  });

  test('leaves only the lines that fit what the file holds', async () => {
    const [one, two] = [await start(), await start()];
    const next = await keeper({ record: one.record + two.record }).change(place, one.text, new Map(), ['d']);
    expect(recordOf(next)).toBe(one.record.replace(/^.*"key":"d".*\n/m, ''));
  });

  test('of nothing is none', async () => {
    const { text, record } = await start();
    expect(await keeper({ record }).change(place, text, new Map(), ['absent'])).toEqual({ text });
  });

  test('the same value is sealed again: whether it is the same cannot be seen', async () => {
    const { text, record } = await start();
    const next = await keeper({ record }).change(place, text, values({ a: '1' }), []);
    expect(sealedData(next.text).a).not.toBe(sealedData(text).a);
  });

  test('a later one of the same keeper sees what an earlier one recorded', async () => {
    const kept = keeper();
    await kept.change(place, undefined, values({ a: '1' }), []);
    const other = { ...place, name: 'other', path: 'clusters/test/secrets/demo/other.yaml' };
    const second = await kept.change(other, undefined, values({ a: '1' }), []);
    expect(recordOf(second).trim().split('\n')).toHaveLength(2);
  });

  test('nothing of a value is recorded: an equal one leaves another line', async () => {
    const [one, two] = [await start(), await start()];
    const fields = (record: string, field: string) =>
      record
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)[field]);
    expect(fields(one.record, 'sealedFor')).toEqual(fields(two.record, 'sealedFor'));
    for (const hash of fields(one.record, 'ciphertext')) expect(two.record).not.toContain(hash);
    expect(Object.keys(JSON.parse(one.record.split('\n')[0] ?? ''))).toEqual([
      'namespace',
      'name',
      'key',
      'scope',
      'sealedFor',
      'ciphertext',
      'origin',
    ]);
  });

  test('values that a merge broke can be given one by one', async () => {
    const { text, record } = await start();
    const broken = text.replace(/^( {4}[ab]: .{300}).*$/gm, '$1');
    const next = await keeper({ record }).change(place, broken, values({ a: '1' }), []);
    const left = keeper({ record: recordOf(next) }).inspect(place, next.text, ['a', 'b', 'd']);
    expect(left.map(({ kind, key: name }) => [kind, name])).toEqual([['damaged', 'b']]);
  });

  test('a renamed file is right again once all of its values are given', async () => {
    const { text, record } = await start();
    const renamed = { ...place, name: 'renamed', path: 'clusters/test/secrets/demo/renamed.yaml' };
    const kept = keeper({ record });
    await expect(kept.change(renamed, text, values({ a: '1' }), [])).rejects.toThrow(
      'clusters/test/secrets/demo/renamed.yaml: it holds demo/agent-token, and its path says demo/renamed',
    );
    const next = await kept.change(renamed, text, values({ a: '1', b: '2' }), ['d']);
    expect(kept.inspect(renamed, next.text, ['a', 'b'])).toEqual([]);
  });
});

describe('refused, with nothing changed and no value shown', () => {
  const canary = 'correct-horse-battery-staple';
  const refusal = async (promise: Promise<unknown>): Promise<string> => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UsageError);
    const { message, stack } = error as Error;
    expect(`${message}${stack}`).not.toContain(canary);
    return message.split('\n')[0] ?? '';
  };
  const given = values({ token: canary });

  test.each([
    ['no certificate', undefined, 'there is no clusters/test/sealed-secrets.pem'],
    ['a text that is none', canary, 'clusters/test/sealed-secrets.pem: no certificate in PEM'],
    [
      'one of an elliptic curve',
      testKey({ type: 'ec' }).pem,
      "clusters/test/sealed-secrets.pem: the certificate's key is of type ec, and not RSA",
    ],
    [
      'one that expired',
      testKey({ notAfterYear: '26' }).pem,
      'clusters/test/sealed-secrets.pem: the certificate expired on 2026-01-01',
    ],
  ])('%s', async (_, pem, message) => {
    expect(await refusal(keeper({ pem }).change(place, undefined, given, []))).toBe(message);
  });

  test('a file that is something else', async () => {
    const message = `${place.path}: not a SealedSecret in YAML`;
    for (const text of ['', `kind: [${canary}`, `kind: Secret\nstringData:\n  token: ${canary}\n`])
      expect(await refusal(keeper().change(place, text, given, []))).toBe(message);
  });

  test('a file with readable values that would stay', async () => {
    const { text } = await keeper().change(place, undefined, values({ a: '1' }), []);
    const told = await refusal(keeper().change(place, `${text}stringData:\n  b: ${canary}\n`, given, []));
    expect(told).toBe(`${place.path}: not sealed: stringData.b`);
  });

  test('a record with lines that cannot be read', async () => {
    const kept = keeper({ record: '<<<<<<< HEAD\n' });
    expect(await refusal(kept.change(place, undefined, given, []))).toBe(
      'clusters/test/sealed-values.jsonl: not lines of a record: 1',
    );
  });

  test.each(['', '.', '..', canary.replaceAll('-', ' '), 'ключ', 'a/b', 'a'.repeat(254)])(
    'a key that no Secret can have: %j',
    async (name) => {
      const told = await refusal(keeper().change(place, undefined, values({ [name]: canary }), []));
      expect(told).toBe(`${place.path}: the name of a key that was given is none`);
    },
  );

  test('the keys of a prototype are keys', async () => {
    const given = new Map([
      ['constructor', Buffer.from('x')],
      ['__proto__', Buffer.from('y')],
    ]);
    const kept = keeper();
    const { text } = await kept.change(place, undefined, given, []);
    expect(opened(text, 'constructor')).toBe('x');
    expect(kept.inspect(place, text, ['constructor', '__proto__'])).toEqual([]);
  });

  test('a removal where there is no file', async () => {
    expect(await refusal(keeper().change(place, undefined, new Map(), ['a']))).toBe(`there is no ${place.path}`);
  });
});

describe('the size of a Secret', () => {
  const mebibyte = 1024 * 1024;

  test('1 MiB, of old and new values together', async () => {
    const first = await keeper().change(place, undefined, values({ a: Buffer.alloc(mebibyte - 1) }), []);
    const kept = keeper({ record: recordOf(first) });
    const full = await kept.change(place, first.text, values({ b: Buffer.alloc(1) }), []);
    expect(kept.inspect(place, full.text, ['a', 'b'])).toEqual([]);
    await expect(kept.change(place, first.text, values({ b: Buffer.alloc(2) }), [])).rejects.toThrow(
      `${place.path}: its values have ${mebibyte + 1} bytes together`,
    );
  });

  test('many keys: the SealedSecret is larger than the Secret', async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key-${index}`, 'x']));
    await expect(keeper().change(place, undefined, values(many), [])).rejects.toThrow(
      /: the SealedSecret would have \d{7} bytes\n.*etcd takes an object of 1572864 bytes at most/,
    );
  });
});
