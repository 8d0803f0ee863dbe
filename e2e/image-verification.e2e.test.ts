/**
 * What a cluster with `imageVerification` refuses: the real Kyverno reads our policy and verifies real signatures, made with a
 * key and served by a registry of this test; and a real API server refuses what no app uses. Keyless signatures are not
 * here: they need Sigstore's services.
 */
import { createHash, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { custom, image, kyverno, type Signer } from '../constructs/index.ts';
import { oneAgent, program, rendered } from '../constructs/testing/cluster.ts';
import type { KubeObject, Manifest } from '../scripts/manifest/manifest.ts';
import { admissionPolicy } from '../scripts/validate/rules/admission-policy.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { applyCrds } from './crds.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';

/** Objects of a cluster whose agent runs an image that somebody signs, beside one that nobody signs. */
function objectsOf(repository: string, signer: Signer): Readonly<Record<string, KubeObject>> {
  const { cluster } = oneAgent(
    {
      runtime: custom({ ...program, image: { ...image(`${repository}:1`), signer } }),
      containers: [{ name: 'beside', image: 'registry.example.test/unsigned:1' }],
    },
    { imageVerification: kyverno() },
  );
  return rendered(cluster) as unknown as Readonly<Record<string, KubeObject>>;
}

const skipKyverno = missing({ programs: ['kyverno'] });
announceSkip('Kyverno verifies the images of a pod', skipKyverno);

describe.skipIf(skipKyverno)('Kyverno verifies the images of a pod', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chitin-kyverno-'));
  const trusted = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const files = new Map<string, { readonly type: string; readonly body: Buffer }>();
  let registry: Server;
  let repository: string;

  /** Puts an image into the registry, with a signature as cosign stores it (cosign: specs/SIGNATURE_SPEC.md). */
  const push = (tag: string, key?: KeyObject) => {
    const digest = pushManifest(tag, [blob(JSON.stringify({ tag }), 'application/vnd.oci.image.layer.v1.tar')]);
    if (!key) return digest;
    const payload = JSON.stringify({
      critical: {
        identity: { 'docker-reference': repository },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: null,
    });
    const signature = createSign('sha256').update(payload).sign(key, 'base64');
    const annotations = { 'dev.cosignproject.cosign/signature': signature };
    pushManifest(`${digest.replace(':', '-')}.sig`, [
      { ...blob(payload, 'application/vnd.dev.cosign.simplesigning.v1+json'), annotations },
    ]);
    return digest;
  };
  const blob = (text: string, mediaType: string) => {
    const body = Buffer.from(text);
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    files.set(`blobs/${digest}`, { type: 'application/octet-stream', body });
    return { mediaType, digest, size: body.length };
  };
  const pushManifest = (tag: string, layers: readonly object[]): string => {
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const rootfs = { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] };
    const config = blob(
      JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs }),
      'application/vnd.oci.image.config.v1+json',
    );
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    for (const reference of [tag, digest]) files.set(`manifests/${reference}`, { type: mediaType, body });
    return digest;
  };

  beforeAll(async () => {
    registry = createServer((request, response) => {
      const found = files.get(/^\/v2\/own\/(.*)$/.exec(request.url ?? '')?.[1] ?? '');
      if (request.url === '/v2/') return void response.end('{}');
      if (!found) return void response.writeHead(404).end('{}');
      const digest = `sha256:${createHash('sha256').update(found.body).digest('hex')}`;
      response.writeHead(200, {
        'content-type': found.type,
        'content-length': found.body.length,
        'docker-content-digest': digest,
      });
      response.end(request.method === 'HEAD' ? undefined : found.body);
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    repository = `127.0.0.1:${(registry.address() as AddressInfo).port}/own`;
    const key = trusted.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const policy = objectsOf(repository, { key, transparencyLog: false })['ImageValidatingPolicy chitin-signed-images'];
    writeFileSync(join(folder, 'policy.yaml'), JSON.stringify(policy));
    const namespaceSelector = [
      { name: 'demo', labels: { 'chitin.dev/managed': 'true' } },
      { name: 'elsewhere', labels: {} },
    ];
    const values = {
      apiVersion: 'cli.kyverno.io/v1alpha1',
      kind: 'Value',
      metadata: { name: 'values' },
      namespaceSelector,
    };
    writeFileSync(join(folder, 'values.yaml'), JSON.stringify(values));
    push('signed', trusted.privateKey);
    push('by-another', other.privateKey);
    push('unsigned');
  });

  afterAll(() => {
    registry.close();
    rmSync(folder, { recursive: true });
  });

  /** `pass`, or what Kyverno refuses the pod with; undefined when it is not asked. */
  const verdict = async (spec: object, namespace = 'demo'): Promise<string | undefined> => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod', namespace }, spec };
    writeFileSync(join(folder, 'pod.yaml'), JSON.stringify(pod));
    const args = ['apply', 'policy.yaml', '--resource', 'pod.yaml', '-f', 'values.yaml', '--policy-report'];
    const { stdout } = await execa('kyverno', args, { cwd: folder, reject: false });
    if (!stdout.includes('apiVersion:')) return undefined;
    const report = load(stdout.slice(stdout.indexOf('apiVersion:'))) as {
      results?: { result: string; message: string }[];
    };
    return report.results?.map(({ result, message }) => (result === 'pass' ? result : `${result}: ${message}`)).join();
  };
  const container = (tag: string) => ({ name: tag, image: `${repository}:${tag}` });
  const elsewhere = { name: 'other', image: 'registry.example.test/unsigned:1' };
  const refused = () => `fail: an image of ${repository} has no signature of the holder of a key.`;

  test('a signed image, by tag or by digest, and one of a repository without a signer', async () => {
    const digest = push('signed', trusted.privateKey);
    const pinned = { name: 'pinned', image: `${repository}:signed@${digest}` };
    expect(await verdict({ containers: [container('signed'), pinned, elsewhere] })).toBe('pass');
  });

  test.each(['unsigned', 'by-another'])('an image that is %s', async (tag) => {
    expect(await verdict({ containers: [container(tag)] })).toBe(refused());
  });

  test.each(['initContainers', 'ephemeralContainers'])('among the %s', async (list) => {
    expect(await verdict({ containers: [elsewhere], [list]: [container('unsigned')] })).toBe(refused());
    expect(await verdict({ containers: [elsewhere], [list]: [container('signed')] })).toBe('pass');
  });

  test('in a volume', async () => {
    const volumes = (tag: string) => [
      { name: 'empty', emptyDir: {} },
      { name: 'files', image: { reference: `${repository}:${tag}` } },
    ];
    expect(await verdict({ containers: [elsewhere], volumes: volumes('unsigned') })).toBe(refused());
    expect(await verdict({ containers: [elsewhere], volumes: volumes('signed') })).toBe('pass');
  });

  test('an image that is not there', async () => {
    expect(await verdict({ containers: [container('missing')] })).toMatch(/^error: /);
  });

  test('a namespace that the cluster does not own is not asked about', async () => {
    expect(await verdict({ containers: [container('unsigned')] }, 'elsewhere')).toBeUndefined();
  });
});

const skip = missing({ kubeconfig: true, env: ['CRDS'] });
announceSkip('an API server takes the policies, and refuses what no app uses', skip);

describe.skipIf(skip)('an API server takes the policies, and refuses what no app uses', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  const made: ObjectRef[] = [];
  const managed = `chitin-images-${process.pid}`;
  const repository = 'registry.example.test/own';
  const key = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n';
  const objects = objectsOf(repository, { key });
  const policy = (kind: string): KubeObject => {
    const found = objects[`${kind} chitin-known-images`] as KubeObject;
    const renamed = JSON.stringify(found).replaceAll('chitin-known-images', managed);
    return JSON.parse(renamed.replaceAll('"chitin.dev/managed":"true"', `"kubernetes.io/metadata.name":"${managed}"`));
  };
  const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: managed } };
  const policies = [policy('ValidatingAdmissionPolicy'), policy('ValidatingAdmissionPolicyBinding')];

  const apply = async (object: KubeObject) => {
    const answer = await api.apply(object, JSON.stringify(object), { dryRun: false });
    if (answer.status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
    if (answer.status === 201) made.push(object);
  };
  /** What the API server and `synth` say of a pod. */
  const verdicts = async (reference: string, spec: object = { containers: [{ name: 'main', image: reference }] }) => {
    const pod: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'pod', namespace: managed },
      spec: {
        selector: { matchLabels: { app: 'pod' } },
        template: { metadata: { labels: { app: 'pod' } }, spec },
      },
    };
    const manifests = [...policies, namespaceWithLabel(namespace), pod].map(
      (object, index): Manifest => ({ object, file: `${index}.yaml`, origin: { path: `${index}` } }),
    );
    const answer = await api.createDryRun(pod);
    return {
      server: answer.status === 201 ? '' : messageOf(answer).replace(/^.*denied request: /, ''),
      synth: admissionPolicy
        .check(manifests, { existing: [] })
        .map(({ message }) => message)
        .join(),
    };
  };
  const told = (what: string) => {
    const text = `images of repositories that no app of the cluster uses: ${what}. Use the image in an app of the cluster, or take its repository from one.`;
    return { server: text, synth: text };
  };

  beforeAll(async () => {
    await applyCrds(api, join(process.env.CRDS ?? '', 'policies.kyverno.io'));
    for (const object of [namespace, ...policies]) await apply(object);
    await eventually('the policy to act', 60, async () =>
      (await verdicts('elsewhere.example.test/x:1')).server === '' ? undefined : true,
    );
  });

  afterAll(async () => {
    for (const object of made.toReversed()) await api.delete(object);
  });

  test('the ImageValidatingPolicy is kept as it was written', async () => {
    const written = objects['ImageValidatingPolicy chitin-signed-images'] as KubeObject;
    const answer = await api.apply(written, JSON.stringify(written), { dryRun: true });
    expect([answer.status < 300, answer.warnings]).toEqual([true, []]);
    // The CRD's defaults come on top.
    expect((answer.body as KubeObject).spec).toMatchObject(written.spec as object);
  });

  test('the API server finds nothing to warn of in the expressions', async () => {
    const found = await eventually('the policy to be checked', 60, async () => {
      const { body } = await api.get(policies[0] as KubeObject);
      return (body as { status?: { typeChecking?: object } }).status?.typeChecking;
    });
    expect(found).toEqual({});
  });

  test.each([
    `${repository}:1`,
    `${repository}:2@sha256:${'a'.repeat(64)}`,
    `${repository}@sha256:${'a'.repeat(64)}`,
    'registry.example.test/unsigned:7',
  ])('%s is admitted', async (reference) => {
    expect(await verdicts(reference)).toEqual({ server: '', synth: '' });
  });

  test.each([
    'registry.example.test/other:1',
    'registry.example.test/own-more:1',
    'registry.example.test/own/more:1',
    'registry.example.test/own:5000/more:1',
    'elsewhere.example.test/own:1',
    'own:1',
  ])('%s is refused', async (reference) => {
    expect(await verdicts(reference)).toEqual(told(`container main (${reference})`));
  });

  test('an init container and a volume are refused', async () => {
    const spec = {
      initContainers: [{ name: 'first', image: 'registry.example.test/first:1' }],
      containers: [{ name: 'main', image: `${repository}:1` }],
      volumes: [{ name: 'files', image: { reference: 'registry.example.test/files:1' } }],
    };
    expect(await verdicts('', spec)).toEqual(
      told('container first (registry.example.test/first:1), volume files (registry.example.test/files:1)'),
    );
  });
});

/** A Namespace with the label that the API server adds. */
function namespaceWithLabel(object: KubeObject): KubeObject {
  return {
    ...object,
    metadata: { ...object.metadata, labels: { 'kubernetes.io/metadata.name': object.metadata.name } },
  };
}
