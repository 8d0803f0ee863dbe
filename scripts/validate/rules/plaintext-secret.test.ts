import { expect, test } from 'vitest';
import type { KubeObject } from '../../manifest/manifest.ts';
import { plaintextSecret } from './plaintext-secret.ts';

function check(object: object): string[] {
  const manifest = {
    object: { metadata: { name: 'token', namespace: 'demo' }, ...object } as KubeObject,
    file: 'x.yaml',
    origin: { path: 'x' },
  };
  return plaintextSecret.check([manifest], { existing: [] }).map(({ path, message }) => `${path} ${message}`);
}

const secret = (values: object) => check({ apiVersion: 'v1', kind: 'Secret', ...values });
const sealed = (spec: object) => check({ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', spec });

/** Bytes in the form of a sealed value: length of the first block, the block, and the rest. */
function form(block: number, rest: number): string {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(block);
  return Buffer.concat([length, Buffer.alloc(block + rest, 7)]).toString('base64');
}

test('values of a Secret are encrypted by sops or empty', () => {
  expect(secret({ stringData: { a: 'ENC[AES256_GCM,data:2g==,iv:AA==,tag:AA==,type:str]', b: '' } })).toEqual([]);
  expect(secret({ data: { a: 'cmVhZGFibGU=' }, stringData: { 'b.txt': 'readable', c: 7 } })).toEqual([
    '$.data.a Secret demo/token has a readable value',
    '$.stringData["b.txt"] Secret demo/token has a readable value',
    '$.stringData.c Secret demo/token has a readable value',
  ]);
});

test('values of a SealedSecret are sealed', () => {
  expect(sealed({ encryptedData: { a: form(256, 16), b: form(512, 40), c: form(1024, 16) } })).toEqual([]);
  const readable = {
    a: 'readable',
    b: 'cmVhZGFibGU=',
    c: form(512, 15),
    d: form(128, 16),
    e: form(256, 16).slice(1),
    f: 7,
    'g.txt': Buffer.from('readable'.repeat(100)).toString('base64'),
  };
  expect(sealed({ encryptedData: { ...readable, empty: '', sealed: form(384, 16) } })).toEqual(
    ['.a', '.b', '.c', '.d', '.e', '.f', '["g.txt"]'].map(
      (key) => `$.spec.encryptedData${key} SealedSecret demo/token has a readable value`,
    ),
  );
});

test('text in the template of a SealedSecret is readable unless it puts in what was sealed', () => {
  const data = { url: 'https://{{ .user }}:{{ .password }}@service.example.test', password: 'readable', empty: '' };
  expect(sealed({ encryptedData: {}, template: { data } })).toEqual([
    '$.spec.template.data.password SealedSecret demo/token has a readable value',
  ]);
});

test('other kinds are not looked at', () => {
  expect(check({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'readable' } })).toEqual([]);
  expect(check({ apiVersion: 'example.test/v1', kind: 'SealedSecret', spec: { encryptedData: { a: 'b' } } })).toEqual(
    [],
  );
});
