import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Minor, minorOf } from '../scripts/manifest/floor-row.ts';
import { lostFields } from '../scripts/manifest/lost-fields.ts';
import { type Answer, ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { applyCrds } from './crds.ts';
import { announceSkip, missing } from './environment.ts';
import { chitin, copyWithTestKey, decrypt, makeTestKey, type TestKey } from './repository-copy.ts';
import { serverMinor } from './server-version.ts';

const skip = missing({ kubeconfig: true, programs: ['sops', 'age-keygen'], env: ['CRDS'] });
announceSkip('every object is accepted by a real API server', skip);

const clusters = readdirSync(join(import.meta.dirname, '../clusters')).sort();

interface Sent {
  readonly file: string;
  readonly object: ObjectRef & {
    readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
    readonly spec?: unknown;
  };
  readonly text: string;
}

describe.skipIf(skip)('every object is accepted by a real API server', () => {
  const api = skip ? undefined : new ApiServer();
  const made: ObjectRef[] = [];
  let key: TestKey;
  let copy: Awaited<ReturnType<typeof copyWithTestKey>>;

  beforeAll(async () => {
    key = await makeTestKey();
    copy = await copyWithTestKey(key);
    await chitin(copy.folder, 'synth');
    await applyCrds(api as ApiServer, process.env.CRDS ?? '');
  });

  afterAll(async () => {
    for (const object of made.toReversed()) await api?.delete(object);
    copy?.remove();
  });

  test.for(clusters)('dist/%s', async (cluster, context) => {
    const server = api as ApiServer;
    const sent = await readDist(join(copy.folder, 'dist', cluster), key);
    const [needed, has] = [minorIn(sent), await serverMinor()];
    if (minorOf(needed) > minorOf(has)) {
      announceSkip(`dist/${cluster}`, `it is for Kubernetes ${needed}, and the API server is of ${has}`);
      context.skip();
    }
    const problems: string[] = [];
    const check = (file: string, object: unknown, answer: Answer) => {
      if (answer.status >= 300) problems.push(`${file}: refused: ${messageOf(answer)}`);
      for (const warning of answer.warnings) problems.push(`${file}: warned: ${warning}`);
      if (answer.status < 300) {
        for (const path of lostFields(comparable(object), comparable(answer.body)))
          problems.push(`${file}: lost: ${path}`);
      }
    };
    const owned = sent.filter(({ file }) => file.startsWith('cluster/'));
    for (const { file, object, text } of [
      ...owned,
      ...sent.filter(({ object: { kind } }) => kind === 'ServiceAccount'),
    ]) {
      const answer = await server.apply(object, text, { dryRun: ofOneCluster(object) });
      if (answer.status === 201 && !ofOneCluster(object)) made.push(object);
      check(file, object, answer);
    }
    await makeNamespaces(server, sent, made);
    const others = sent.filter((each) => !owned.includes(each));
    for (const { file, object, text } of others)
      check(file, object, await server.apply(object, text, { dryRun: true }));
    let pods = 0;
    for (const { file, object } of others) {
      const pod = podOf(object);
      if (!pod) continue;
      pods++;
      check(`${file} (as a Pod)`, pod, await server.createDryRun(pod));
    }
    expect(problems).toEqual([]);
    expect(others.length).toBeGreaterThan(0);
    expect(pods).toBeGreaterThan(0);
  });
});

/** It would refuse the images of the other clusters, which share this API server; the other policies are the same everywhere. */
function ofOneCluster({ kind, metadata }: ObjectRef): boolean {
  return kind.startsWith('ValidatingAdmissionPolicy') && metadata.name === 'chitin-known-images';
}

async function readDist(folder: string, key: TestKey): Promise<Sent[]> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const file = relative(folder, path);
      const plain = readFileSync(path, 'utf8');
      const text = /^sops:$/m.test(plain) ? await decrypt(path, key) : plain;
      return { file, object: load(text) as Sent['object'], text };
    }),
  );
}

/** The minor that a cluster is rendered for: its namespaces enforce the Pod Security Standards of that version. */
function minorIn(sent: readonly Sent[]): Minor {
  const label = 'pod-security.kubernetes.io/enforce-version';
  const [version] = sent.flatMap(({ object }) => object.metadata.labels?.[label] ?? []);
  if (!version) throw new Error(`no namespace has the label ${label}`);
  return version.slice('v'.length) as Minor;
}

/** `stringData` is written only: it comes back as `data`, or not at all. */
function comparable(object: unknown): unknown {
  const { stringData: _, ...rest } = object as { stringData?: unknown };
  return rest;
}

function podOf({ kind, metadata, spec }: Sent['object']): ObjectRef | undefined {
  if (kind !== 'StatefulSet' && kind !== 'Deployment') return undefined;
  const template = (spec as { template: { metadata: object; spec: object } }).template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name: metadata.name, namespace: metadata.namespace },
    spec: template.spec,
  } as ObjectRef;
}

/** Namespaces that belong to others, such as flux-system: a dry run needs them too. */
async function makeNamespaces(api: ApiServer, sent: readonly Sent[], made: ObjectRef[]): Promise<void> {
  const names = new Set(sent.flatMap(({ object }) => object.metadata.namespace ?? []));
  for (const name of names) {
    const namespace: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    if ((await api.get(namespace)).status !== 404) continue;
    await api.apply(namespace, JSON.stringify(namespace), { dryRun: false });
    made.push(namespace);
  }
}
