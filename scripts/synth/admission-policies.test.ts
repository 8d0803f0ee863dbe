import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { type AdmissionPolicy, Cluster, cilium, flux, sops, volumeKinds } from '../../constructs/index.ts';
import { acceptedPod, podIn, refusedPods, workloadKinds, workloadOf } from '../../e2e/admission-policies/fixtures.ts';
import type { KubeObject, Manifest } from '../manifest/manifest.ts';
import { admissionPolicy } from '../validate/rules/admission-policy.ts';
import { render } from './render.ts';

/** What a cluster with one namespace owns. */
function owned(policies?: readonly AdmissionPolicy[]): Manifest[] {
  const cluster = new Cluster('test', {
    kubernetes: '1.36',
    domain: 'example.test',
    gitops: flux({ repository: { url: 'https://git.example.test/repository.git' }, decryptWith: 'sops-age' }),
    secrets: sops({ recipients: ['age1nharyjf38cr7mvhj3c7d66krckxlgs8p3kcwgglpt545ql6mlu0shap3f4'] }),
    network: cilium(),
    directory: '/clusters/test',
    ...(policies ? { policies } : {}),
    apps: (root) => new Chart(root, 'app', { namespace: 'demo' }),
  });
  cluster.node.validate();
  return render(cluster, 'test', '/');
}

/** What the rule says about one object beside them. */
function told(object: KubeObject, policies?: readonly AdmissionPolicy[]): string[] {
  const manifest: Manifest = { object, file: 'test/app/object.yaml', origin: { path: 'object' } };
  return admissionPolicy.check([...owned(policies), manifest], { existing: [] }).map(({ why, message }) => {
    const policy = /ValidatingAdmissionPolicy (\S+)\.$/.exec(why ?? '')?.[1];
    return `${policy}: ${message}`;
  });
}

/** The API server says the same of the same files: `e2e/admission-policies.e2e.test.ts`. */
describe.each(refusedPods)('$file', ({ file, policy, message }) => {
  test('is refused by its policy alone, with its words', () => {
    expect(told(podIn('demo', file))).toEqual([`${policy}: ${message}`]);
  });

  test.each(workloadKinds)('as a %s', (kind) => {
    expect(told(workloadOf(kind, podIn('demo', file)))).toEqual([`${policy}: ${message}`]);
  });

  test('is nobody’s business in a namespace that the cluster does not own', () => {
    expect(told(podIn('elsewhere', file))).toEqual([]);
  });
});

test('a pod at the edge is accepted', () => {
  expect(told(podIn('demo', acceptedPod))).toEqual([]);
  for (const kind of workloadKinds) expect(told(workloadOf(kind, podIn('demo', acceptedPod)))).toEqual([]);
});

test('every file is one of these', () => {
  const folder = join(import.meta.dirname, '../../e2e/admission-policies');
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  expect(files.sort()).toEqual([acceptedPod, ...refusedPods.map(({ file }) => file)].sort());
});

test('a debug container is held to the policies that it can meet', () => {
  const pod = podIn('demo', acceptedPod);
  const withDebugger = (container: object) => ({
    ...pod,
    spec: { ...(pod.spec as object), ephemeralContainers: [{ name: 'debugger', ...container }] },
  });
  expect(told(withDebugger({ image: 'registry.example.test/tools' }))).toEqual([
    expect.stringContaining('chitin-read-only-root-filesystem: containers with a writable root filesystem: debugger.'),
    expect.stringContaining('images without a version: container debugger (registry.example.test/tools).'),
  ]);
  const securityContext = { readOnlyRootFilesystem: true };
  expect(told(withDebugger({ image: 'registry.example.test/tools:1', securityContext }))).toEqual([]);
});

test('a cluster may allow more kinds of volumes, each by name', () => {
  const pod = podIn('demo', 'volume-kinds.yaml');
  expect(told(pod, [volumeKinds({ also: ['csi', 'hostPath', 'csi'] })])).toEqual([
    'chitin-volume-kinds: volumes of a kind that is not allowed here: claim-of-its-own. Use one of configMap, secret, emptyDir, projected, persistentVolumeClaim, image, csi, hostPath.',
  ]);
  expect(told(pod, [volumeKinds({ also: ['csi', 'hostPath', 'ephemeral'] })])).toEqual([]);
});
