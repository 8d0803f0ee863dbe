/**
 * Reads what `toYaml` writes back with the decoder of Kubernetes: the `kubectl` on PATH, without a cluster. `kubectl kustomize`
 * stands for Flux, whose controller builds with the same library.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { awkwardStrings, randomObject } from '../scripts/manifest/testing/awkward-strings.ts';
import { type Json, toYaml } from '../scripts/manifest/yaml.ts';

type Members = { readonly [key: string]: Json };

const scratch = mkdtempSync(join(tmpdir(), 'yaml-decoder-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const kubectl = (...args: string[]) => {
  const env = { PATH: process.env.PATH, HOME: scratch, KUBECONFIG: devNull };
  return spawnSync('kubectl', args, { encoding: 'utf8', env, maxBuffer: 2 ** 28 });
};
const version = kubectl('version', '--client');
if (version.status !== 0) console.warn(`skipped: no kubectl on PATH (${version.error?.message ?? version.stderr})`);

const output = (...args: string[]): string => {
  const { status, stdout, stderr } = kubectl(...args);
  if (status !== 0) throw new Error(`kubectl ${args[0]}: ${stderr.slice(-500)}`);
  return stdout;
};

/** The object as kubectl reads it from a file, with the annotation `read: back`. */
const readBack = (yaml: string): { readonly metadata: Members } & Members => {
  const file = join(scratch, 'object.yaml');
  writeFileSync(file, yaml);
  return JSON.parse(output('annotate', '--local', '-f', file, 'read=back', '-o', 'json'));
};

const throughKustomize = (object: Json): Json => {
  writeFileSync(join(scratch, 'kustomization.yaml'), 'resources:\n- resource.yaml\n');
  writeFileSync(join(scratch, 'resource.yaml'), toYaml(object));
  return readBack(output('kustomize', scratch));
};

const custom = { apiVersion: 'example.test/v1', kind: 'X', metadata: { name: 'x', annotations: { read: 'back' } } };
const numbered = (values: readonly Json[]): Members => Object.fromEntries(values.map((value, i) => [`k${i}`, value]));
const keyed = (keys: readonly string[]): Members => Object.fromEntries(keys.map((key) => [key, key]));
const random = Array.from({ length: 200 }, (_, seed) => randomObject(seed));

const expectSame = (actual: unknown, expected: Members): void => {
  const members = actual as Members;
  for (const [key, value] of Object.entries(expected)) {
    expect.soft(members[key], `${key.slice(0, 40)}: ${JSON.stringify(value).slice(0, 80)}`).toStrictEqual(value);
  }
  expect(Object.keys(members).sort()).toStrictEqual(Object.keys(expected).sort());
};

describe.skipIf(version.status !== 0)('kubectl reads back', () => {
  it('a ConfigMap', () => {
    const label = /^[a-z\d]([-\w.]{0,61}[a-z\d])?$/i;
    const labels = keyed(awkwardStrings.filter((text) => label.test(text)));
    const annotations = { ...numbered(awkwardStrings), ...labels, read: 'back' };
    const data = {
      ...numbered(awkwardStrings),
      ...keyed(awkwardStrings.filter((text) => /^[-\w.]{1,253}$/.test(text) && !text.startsWith('..'))),
    };
    const read = readBack(
      toYaml({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels, annotations }, data }),
    );
    expectSame(read.data, data);
    expectSame(read.metadata.labels, labels);
    expectSame(read.metadata.annotations, annotations);
  });

  it('awkward keys', () => {
    expectSame(readBack(toYaml({ ...custom, spec: keyed(awkwardStrings) })).spec, keyed(awkwardStrings));
  });

  it('awkward items, and the numbers', () => {
    const spec = {
      list: [...awkwardStrings, ...awkwardStrings.map((text) => [[text], { [text]: [text] }])],
      1: [1.5e-7, 5e-324],
    };
    expect(readBack(toYaml({ ...custom, spec })).spec).toStrictEqual(spec);
  });

  it('nested values', () => {
    expectSame(readBack(toYaml({ ...custom, spec: numbered(random) })).spec, numbered(random));
  });
});

describe.skipIf(version.status !== 0)('kustomize passes on', () => {
  // However they are written: kustomize refuses or changes these characters and these keys when it writes its own YAML.
  const carried = (value: Json): Json => {
    if (typeof value === 'string') return value.replace(/[\u{7f}-\u{9f}\ufffe\uffff]/gu, '?');
    if (Array.isArray(value)) return value.map(carried);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([key]) => key !== '<<' && key.length < 1000);
    return Object.fromEntries(entries.map(([key, item]) => [carried(key), carried(item)]));
  };

  it.each([
    ['awkward values', numbered(awkwardStrings)],
    ['awkward keys', keyed(awkwardStrings)],
    ['awkward items', { list: awkwardStrings.map((text) => [text, [text]]) }],
    ['nested values', numbered(random)],
  ])('%s', (_, values) => {
    const spec = carried(values) as Members;
    expectSame((throughKustomize({ ...custom, spec }) as Members).spec, spec);
  });
});
