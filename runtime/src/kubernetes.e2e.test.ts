import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openKubernetes } from './kubernetes.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { callTool } from './testing.ts';

// A real API server: what the fake one cannot know. It makes a namespace of its own, and deletes it.
const kubeconfig = process.env.KUBECONFIG;
const lacking = kubeconfig === undefined ? 'KUBECONFIG is not set' : undefined;
if (lacking !== undefined) process.stderr.write(`skipped: the views on a real API server: ${lacking}\n`);

const canary = 'canary-k8s-5d1f0c7a';
const namespace = `runtime-${randomBytes(4).toString('hex')}`;

function kubectl(args: readonly string[], input?: object): string {
  const stdio = ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'];
  return execFileSync('kubectl', args, { encoding: 'utf8', stdio, ...(input && { input: JSON.stringify(input) }) });
}

beforeAll(() => {
  if (lacking !== undefined) return;
  kubectl(['create', 'namespace', namespace]);
  const metadata = { namespace, name: 'canary' };
  const container = { name: 'app', image: 'none.invalid/none:1', env: [{ name: 'KEY', value: canary }] };
  const template = { metadata: { labels: { app: 'canary' } }, spec: { containers: [container] } };
  const spec = { replicas: 1, selector: { matchLabels: { app: 'canary' } }, template };
  kubectl(['apply', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { key: canary } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: canary } },
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec },
    ],
  });
  kubectl(['-n', namespace, 'wait', '--for=create', 'pod', '-l', 'app=canary', '--timeout=60s']);
}, 90_000);
afterAll(() => {
  if (lacking === undefined) kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

test('its tables, its discovery, its logs; and no canary in any answer', async (context) => {
  if (lacking !== undefined) return context.skip(lacking);
  const flux = 'kustomize.toolkit.fluxcd.io/v1/kustomizations';
  const kinds = ['v1/pods', 'v1/configmaps', 'apps/v1/deployments', 'v1/nodes', flux];
  const box = await openKubernetes({ namespaces: [namespace, 'kube-system'], kinds }, new KubernetesApi(kubeconfig));
  const object = (resource: string) => callTool(box, 'kubernetes_get', { resource, namespace, name: 'canary' });
  const list = await callTool(box, 'kubernetes_list', { resource: 'deployments', namespace });
  expect(list).toMatch(
    /^Namespace \| Name \| Ready \| Up-to-date \| Available \| Age\nruntime-\S+ \| canary \| 0\/1 \| [^\n]+$/,
  );
  const deployment = await object('deployments');
  expect(deployment).toContain("- name: KEY\n              value: '[redacted]'");
  const settings = await object('configmaps');
  expect(settings).toContain("key: '[19 bytes]'");
  const events = await callTool(box, 'kubernetes_events', { namespace });
  expect(events).toContain('Normal ScalingReplicaSet Deployment');
  expect(await callTool(box, 'kubernetes_list', { resource: 'nodes' })).toMatch(
    /^Namespace \| Name \| Status \| Roles/,
  );
  await expect(object('secrets')).rejects.toThrow('Secrets are not read');
  await expect(callTool(box, 'kubernetes_list', { resource: 'pods', namespace: 'default' })).rejects.toThrow(
    'is not one of',
  );
  expect(await callTool(box, 'flux_status', { namespace })).toBe('(none)');
  expect([list, deployment, settings, events].join('\n')).not.toContain(canary);
  const pods = kubectl(['-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=kube-dns', '-o', 'name']);
  const pod = pods.trim().split('\n')[0]?.split('/')[1];
  const log = await callTool(box, 'kubernetes_logs', { namespace: 'kube-system', pod, lines: 3 });
  expect(log).toMatch(/^(?:\d{4}-\d\d-\d\dT[^\n]*\n?){1,3}$/);
});
