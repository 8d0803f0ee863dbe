/**
 * The policies of a cluster, acting in a real API server, and `synth`'s own reading of them: of the same object both must
 * say the same. They act in labelled namespaces alone, so nothing else on that server notices them.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject, Manifest } from '../scripts/manifest/manifest.ts';
import { repository } from '../scripts/testing/repository-copy.ts';
import { admissionPolicy } from '../scripts/validate/rules/admission-policy.ts';
import { acceptedPod, podIn, refusedPods, workloadKinds, workloadOf } from './admission-policies/fixtures.ts';
import { type Answer, ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';
import { chitin } from './repository-copy.ts';

const skip = missing({ kubeconfig: true, programs: ['kubectl'] });
announceSkip('the admission policies act, and synth reads them as the API server does', skip);

const clusters = readdirSync(join(repository, 'clusters')).sort();
// Runs that share a cluster do not meet.
const managed = `chitin-policies-${process.pid}`;
const unmanaged = `${managed}-not`;
/** Becomes managed when there is something in it. */
const older = `${managed}-later`;

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const managedNamespace = (name: string) => namespace(name, { 'chitin.dev/managed': 'true' });

describe.skipIf(skip)('the admission policies act, and synth reads them as the API server does', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  const made: ObjectRef[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'chitin-policies-'));
  let policies: KubeObject[];

  const apply = async (object: KubeObject) => {
    const answer = await api.apply(object, JSON.stringify(object), { dryRun: false });
    if (answer.status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
    if (answer.status === 201) made.push(object);
  };
  const onCreation = async (object: KubeObject) => refusal(object, await api.createDryRun(object));
  const onUpdate = async (object: KubeObject) =>
    refusal(object, await api.apply(object, JSON.stringify(object), { dryRun: true }));
  /** The refusals of both for the creation of an object, each as `policy: message`. */
  const verdicts = async (object: KubeObject) => {
    const manifests = [...policies, managedNamespace(managed), namespace(unmanaged), object].map(
      (each, index): Manifest => ({ object: each, file: `${index}.yaml`, origin: { path: `${index}` } }),
    );
    const violations = admissionPolicy.check(manifests, { existing: [] });
    const synth = violations.map(({ why, message }) => `${/ (\S+)\.$/.exec(why ?? '')?.[1]}: ${message}`);
    const server = await onCreation(object);
    return { object: `${object.kind} ${object.metadata.name}`, server: server === undefined ? [] : [server], synth };
  };
  /** What they have to be when both refuse for one reason, or accept. */
  const both = (object: KubeObject, ...refusals: string[]) => ({
    object: `${object.kind} ${object.metadata.name}`,
    server: refusals,
    synth: refusals,
  });

  beforeAll(async () => {
    await chitin(repository, 'synth', '--out', folder);
    policies = readObjects(join(folder, clusters[0] ?? '', 'cluster')).filter(({ kind }) =>
      kind.startsWith('ValidatingAdmissionPolicy'),
    );
    for (const name of [unmanaged, older]) await apply(namespace(name));
    await apply(workloadOf('Deployment', podIn(older, 'volume-kinds.yaml')));
    await apply(unschedulable(podIn(older, 'volume-kinds.yaml')));
    for (const name of [managed, older]) await apply(managedNamespace(name));
    for (const policy of policies) await apply(policy);
    for (const { file, policy } of refusedPods) {
      for (const name of [managed, older]) {
        const pod = podIn(name, file);
        await eventually(`${policy} to act in ${name}`, 60, async () =>
          (await onCreation({ ...pod, metadata: { ...pod.metadata, name: 'new' } })) === undefined ? undefined : true,
        );
      }
    }
  });

  afterAll(async () => {
    for (const object of made.toReversed()) await api.delete(object);
    rmSync(folder, { recursive: true });
  });

  test('the API server finds nothing to warn of in any expression', async () => {
    const named = policies.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(named).toHaveLength(5);
    for (const policy of named) {
      const found = await eventually(`${policy.metadata.name} to be checked`, 60, async () => {
        const { body } = await api.get(policy);
        return (body as { status?: { typeChecking?: object } }).status?.typeChecking;
      });
      expect([policy.metadata.name, found]).toEqual([policy.metadata.name, {}]);
    }
  });

  describe.each(refusedPods)('$file', ({ file, policy, message }) => {
    test.each(['Pod', ...workloadKinds] as const)(
      'is refused as a %s by its policy alone, in its words',
      async (kind) => {
        const object = formOf(kind, podIn(managed, file));
        expect(await verdicts(object)).toEqual(both(object, `${policy}: ${message}`));
      },
    );

    test('is accepted in a namespace that the cluster does not own', async () => {
      for (const kind of ['Pod', ...workloadKinds] as const) {
        const object = formOf(kind, podIn(unmanaged, file));
        expect(await verdicts(object)).toEqual(both(object));
      }
    });
  });

  test.each(['Pod', ...workloadKinds] as const)('a %s at the edge is accepted', async (kind) => {
    const object = formOf(kind, podIn(managed, acceptedPod));
    expect(await verdicts(object)).toEqual(both(object));
  });

  test.each(clusters)('every workload of dist/%s is accepted, and its pods are', async (cluster) => {
    const objects = readObjects(join(folder, cluster)).map(
      (object): KubeObject => ({
        ...object,
        metadata: { ...object.metadata, namespace: managed },
      }),
    );
    for (const account of objects.filter(({ kind }) => kind === 'ServiceAccount')) await apply(account);
    const workloads = objects.filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment');
    expect(workloads.length).toBeGreaterThan(0);
    for (const workload of workloads) {
      const { metadata, spec } = (workload.spec as { template: { metadata: object; spec: object } }).template;
      const { name } = workload.metadata;
      const pod: KubeObject = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...metadata, name, namespace: managed },
        spec,
      };
      for (const object of [workload, pod]) expect(await verdicts(object)).toEqual(both(object));
    }
  });

  test('an older workload can be scaled and mended, and not be given another bad pod', async () => {
    const pod = podIn(older, 'volume-kinds.yaml');
    const deployment = workloadOf('Deployment', pod);
    const { template } = deployment.spec as { template: { spec: object } };
    const scaled = { ...deployment, spec: { ...(deployment.spec as object), replicas: 3 } };
    expect(await onUpdate(scaled)).toBeUndefined();
    const mended = workloadOf('Deployment', { ...podIn(older, acceptedPod), metadata: pod.metadata });
    expect(await onUpdate(mended)).toBeUndefined();
    const spec = { ...template, spec: { ...template.spec, hostname: 'other' } };
    const worse = { ...deployment, spec: { ...(deployment.spec as object), template: spec } };
    expect(await onUpdate(worse)).toMatch(/^chitin-volume-kinds: /);
  });

  test('an older pod can be held, freed and deleted, and not be given another bad spec', async () => {
    const pod = unschedulable(podIn(older, 'volume-kinds.yaml'));
    const held = { ...pod, metadata: { ...pod.metadata, finalizers: ['example.test/held'], labels: { a: 'b' } } };
    expect(await onUpdate(held)).toBeUndefined();
    expect(await onUpdate({ ...pod, spec: { ...(pod.spec as object), activeDeadlineSeconds: 60 } })).toMatch(
      /^chitin-volume-kinds: /,
    );
    expect((await api.delete(pod)).status).toBe(200);
    expect((await api.get(pod)).status).toBe(404);
  });

  test('a debug container is held to the policies that it can meet', async () => {
    const pod = unschedulable(podIn(managed, acceptedPod));
    await apply(pod);
    const debug = async (image: string, container: object) => {
      const custom = join(folder, 'container.json');
      writeFileSync(custom, JSON.stringify(container));
      const args = ['-n', managed, 'debug', `pod/${pod.metadata.name}`, `--image=${image}`, `--custom=${custom}`];
      return await execa('kubectl', [...args, '--container=debugger'], { all: true, reject: false });
    };
    const denied = (policy: string, message: string) =>
      `ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${message}`;
    const securityContext = { readOnlyRootFilesystem: true };
    expect((await debug('registry.example.test/tools:1', {})).all).toContain(
      denied('chitin-read-only-root-filesystem', 'containers with a writable root filesystem: debugger.'),
    );
    expect((await debug('registry.example.test/tools', { securityContext })).all).toContain(
      denied('chitin-versioned-images', 'images without a version: container debugger (registry.example.test/tools).'),
    );
    expect((await debug('registry.example.test/tools:1', { securityContext })).exitCode).toBe(0);
  });
});

/** What a policy says to refuse an object, as `policy: message`; anything else that is wrong as it stands. */
function refusal({ kind, metadata: { name } }: KubeObject, answer: Answer): string | undefined {
  if (answer.status < 300) return undefined;
  const message = messageOf(answer);
  const pattern =
    /^(\w+)[\w.]* "(.*?)" is forbidden: ValidatingAdmissionPolicy '(.*?)' with binding '(.*?)' denied request: /;
  const [start, resource, object, policy, binding] = pattern.exec(message) ?? [];
  if (start === undefined || resource !== `${kind.toLowerCase()}s` || object !== name || policy !== binding)
    return message;
  return `${policy}: ${message.slice(start.length)}`;
}

function formOf(kind: 'Pod' | (typeof workloadKinds)[number], pod: KubeObject): KubeObject {
  return kind === 'Pod' ? pod : workloadOf(kind, pod);
}

/** No node takes it: its image is nowhere. */
function unschedulable(pod: KubeObject): KubeObject {
  return { ...pod, spec: { ...(pod.spec as object), nodeSelector: { 'example.test/no-such-node': 'true' } } };
}

function readObjects(folder: string): KubeObject[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => load(readFileSync(join(entry.parentPath, entry.name), 'utf8')) as KubeObject);
}
