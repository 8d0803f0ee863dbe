import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart } from 'cdk8s';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { Agent } from '../agent/agent.ts';
import { Cluster } from '../cluster.ts';
import { credential } from '../credentials/index.ts';
import { custom } from '../runtimes/custom.ts';
import { model, oneAgent, plain, problemsOf, program, rendered } from '../testing/cluster.ts';
import { folder } from '../testing/folder.ts';
import { sealedSecrets } from './sealed-secrets.ts';
import { folderStore } from './store.ts';
import { certificate, changed, file, keys, path, render, strict, token, user } from './testing/sealed-secret.ts';

test.each([
  ['strict', undefined],
  ['namespace-wide', { 'sealedsecrets.bitnami.com/namespace-wide': 'true' }],
  ['cluster-wide', { 'sealedsecrets.bitnami.com/cluster-wide': 'true' }],
] as const)('a %s file becomes a SealedSecret of what was checked', (scope, annotations) => {
  const values = /encryptedData:\n {4}token: (.*)\n {4}user: (.*)\n/.exec(file(scope));
  const metadata = { name: 'agent-token', namespace: 'demo', ...(annotations ? { annotations } : {}) };
  expect(render(file(scope), scope)).toEqual({
    objects: [
      {
        props: {
          apiVersion: 'bitnami.com/v1alpha1',
          kind: 'SealedSecret',
          metadata,
          spec: { encryptedData: { token: values?.[1], user: values?.[2] }, template: { metadata } },
        },
      },
    ],
    checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    findings: [],
    problems: [],
  });
});

test('strict is what a cluster gets that says nothing', () => {
  const files = folderStore(`${folder({ [path]: strict })}/clusters/test`);
  const secret = { name: 'token', namespace: 'demo', secretName: 'agent-token', keys };
  expect(sealedSecrets({ certificate }).render(secret, files)).toEqual(render(strict));
});

test('a type that is needed is the type of the Secret', () => {
  const of = (text: string) => {
    const files = folderStore(`${folder({ [path]: text })}/clusters/test`);
    const type = 'kubernetes.io/tls';
    const secret = { name: 'token', namespace: 'demo', secretName: 'agent-token', keys, type } as const;
    return sealedSecrets({ certificate }).render(secret, files);
  };
  const typed = changed('  template:\n', '  template:\n    type: kubernetes.io/tls\n');
  const [object] = of(typed).objects;
  expect(object?.props.spec.template).toEqual({
    type: 'kubernetes.io/tls',
    metadata: { name: 'agent-token', namespace: 'demo' },
  });
  expect(of(strict).problems).toEqual([
    {
      message: `${path}: spec.template.type is not kubernetes.io/tls`,
      why: 'Whoever reads the Secret looks for that type, and Kubernetes does not let it be changed later.',
      help: 'Write it: type: kubernetes.io/tls',
    },
  ]);
});

test('fields that are empty, as older versions of kubeseal write them, and the default type do not matter', () => {
  const old = changed(
    / {2}template:\n {4}metadata:\n/,
    '  template:\n    data: null\n    type: Opaque\n    metadata:\n      creationTimestamp: null\n',
  ).concat('status: {}\n');
  expect(render(old)).toEqual(render(strict));
  expect(render(strict.slice(0, strict.indexOf('  template:')))).toEqual(render(strict));
});

test('the checksum depends on the sealed values alone', () => {
  const { checksum } = render(strict);
  const lines = strict.split('\n');
  const [at, beside] = [
    lines.findIndex((line) => line.includes('token: ')),
    lines.findIndex((line) => line.includes('user: ')),
  ];
  const swapped = lines
    .with(at, lines[beside] ?? '')
    .with(beside, lines[at] ?? '')
    .join('\n');
  expect(swapped).not.toBe(strict);
  expect(render(swapped).checksum).toBe(checksum);
  const other = changed(token, user);
  expect(render(other).problems).toEqual([]);
  expect(render(other).checksum).not.toBe(checksum);
});

describe('in an agent', () => {
  const labels = {
    'app.kubernetes.io/name': 'app',
    'app.kubernetes.io/instance': 'agent',
    'app.kubernetes.io/managed-by': 'chitin',
  };
  const expected = {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'agent-token', namespace: 'demo', labels },
    spec: {
      encryptedData: { token, user },
      template: { metadata: { name: 'agent-token', namespace: 'demo' } },
    },
  };
  const credentials = [credential({ name: 'token', files: keys })];

  test('the object has the labels of the others, and pods roll out when a value changes', () => {
    const of = (text: string) => {
      const directory = `${folder({ [path]: text })}/clusters/test`;
      const { cluster } = oneAgent({ credentials }, { directory, secrets: sealedSecrets({ certificate }) });
      expect(problemsOf(cluster)).toEqual([]);
      return rendered(cluster);
    };
    const objects = of(strict);
    expect(objects['SealedSecret agent-token']).toEqual(expected);
    expect(objects['Secret agent-token']).toBeUndefined();
    const checksum = (all: typeof objects) =>
      all['StatefulSet agent']?.spec.template.metadata.annotations['chitin.dev/secrets-checksum'];
    expect(checksum(objects)).toMatch(/^[0-9a-f]+$/);
    expect(checksum(of(changed(token, user)))).not.toBe(checksum(objects));
  });

  test('stock cdk8s writes the same in an attached app', () => {
    const outdir = folder({});
    const app = new App({ outdir });
    const directory = `${folder({ [path]: strict })}/clusters/test`;
    Cluster.attach(app, 'test', { ...plain, directory, secrets: sealedSecrets({ certificate }) });
    const chart = new Chart(app, 'app', { namespace: 'demo' });
    new Agent(chart, 'agent', { runtime: custom(program), model, credentials });
    app.synth();
    const written = readdirSync(outdir).flatMap((name) => loadAll(readFileSync(join(outdir, name), 'utf8')));
    expect(written.filter((object) => (object as { kind: string }).kind === 'SealedSecret')).toEqual([expected]);
  });
});
