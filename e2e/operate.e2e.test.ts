/** What `operate` and `cordonNodes` let an agent do on a real API server, with the token of its account. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cordonNodes, operate } from '../constructs/index.ts';
import { oneAgent, rendered } from '../constructs/testing/cluster.ts';
import type { KubeObject } from '../scripts/manifest/manifest.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { asAccount, type Outcome } from './as-account.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';

const skip = missing({ kubeconfig: true, programs: ['kubectl'] });
announceSkip('an agent restarts and cordons, and changes nothing else', skip);

// Runs that share a cluster do not meet.
const own = `chitin-operate-${process.pid}`;
const patient = `${own}-patient`;
const node = `${own}-node`;

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
const workload = (kind: (typeof kinds)[number], namespace: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace, labels: { app: 'web' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' }, annotations: { 'example.test/note': 'kept' } },
      spec: {
        nodeSelector: { 'example.test/no-such-node': 'true' },
        containers: [{ name: 'web', image: 'registry.example.test/web:1' }],
      },
    },
  },
});

/** Changes of a workload that are more than a restart, as merge patches. */
const changes: Readonly<Record<string, object>> = {
  'another image': { spec: { template: { spec: { containers: [{ name: 'web', image: 'evil.example.test/x:1' }] } } } },
  'another account': { spec: { template: { spec: { serviceAccountName: 'other' } } } },
  'another annotation on the pods': {
    spec: { template: { metadata: { annotations: { 'example.test/note': 'new' } } } },
  },
  'no annotation on the pods': { spec: { template: { metadata: { annotations: { 'example.test/note': null } } } } },
  'one more label on the pods': { spec: { template: { metadata: { labels: { more: 'label' } } } } },
  'a label of its own': { metadata: { labels: { app: 'other' } } },
  'an annotation of its own': { metadata: { annotations: { 'example.test/note': 'new' } } },
  'a finalizer': { metadata: { finalizers: ['example.test/held'] } },
  'another history': { spec: { revisionHistoryLimit: 0 } },
  'a restart with another image': {
    spec: {
      template: {
        metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } },
        spec: { containers: [{ name: 'web', image: 'evil.example.test/x:1' }] },
      },
    },
  },
};

const nodeChanges: Readonly<Record<string, object>> = {
  'a label': { metadata: { labels: { 'example.test/pool': 'agents' } } },
  'an annotation': { metadata: { annotations: { 'example.test/note': 'new' } } },
  'a taint': { spec: { taints: [{ key: 'example.test/out', effect: 'NoExecute' }] } },
  'no taint': { spec: { taints: null } },
  'a cordon with a label': { spec: { unschedulable: true }, metadata: { labels: { 'example.test/pool': 'agents' } } },
};

describe.skipIf(skip)('an agent restarts and cordons, and changes nothing else', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  const folder = mkdtempSync(join(tmpdir(), 'chitin-operate-'));
  const made: ObjectRef[] = [];
  let agent: (args: readonly string[]) => Promise<Outcome>;

  const apply = async (object: KubeObject) => {
    const answer = await api.apply(object, JSON.stringify(object), { dryRun: false });
    if (answer.status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
    if (answer.status === 201) made.push(object);
  };
  const patch = (what: string, change: object) =>
    agent(['patch', ...what.split(' '), '--type=merge', `--patch=${JSON.stringify(change)}`]);
  const inPatient = (what: string, change: object) => patch(`${what} -n ${patient}`, change);

  beforeAll(async () => {
    for (const name of [own, patient]) await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const { cluster, agent: construct } = oneAgent();
    construct.grant(operate({ namespaces: ['patient'] }), { because: 'first aid' });
    construct.grant(cordonNodes, { because: 'first aid' });
    const text = JSON.stringify(Object.values(rendered(cluster)))
      .replaceAll('"patient"', `"${patient}"`)
      .replaceAll('"demo"', `"${own}"`)
      .replaceAll('demo-agent', `${own}-agent`)
      .replaceAll('serviceaccount:demo:', `serviceaccount:${own}:`);
    const objects = (JSON.parse(text) as KubeObject[]).filter(({ kind }) =>
      /^(ServiceAccount|(Cluster)?Role(Binding)?|ValidatingAdmissionPolicy(Binding)?)$/.test(kind),
    );
    for (const object of objects) await apply(object);
    await apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node },
      spec: { taints: [{ key: 'example.test/kept', effect: 'NoSchedule' }] },
    });
    for (const kind of kinds) await apply(workload(kind, patient));
    agent = await asAccount(folder, own, 'agent');
    await eventually('the policies to act', 60, async () => {
      const outcomes = [
        await inPatient('deployment web --dry-run=server', { spec: { revisionHistoryLimit: 0 } }),
        await patch(`node ${node} --dry-run=server`, { metadata: { labels: { probe: 'probe' } } }),
      ];
      return outcomes.every(({ text: said }) => said.includes('denied request')) ? true : undefined;
    });
  });

  afterAll(async () => {
    for (const object of made.toReversed()) await api.delete(object);
    rmSync(folder, { recursive: true });
  });

  test('the API server finds nothing to warn of in the expressions', async () => {
    const policies = made.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(policies).toHaveLength(2);
    for (const policy of policies) {
      const found = await eventually(`${policy.metadata.name} to be checked`, 60, async () => {
        const { body } = await api.get(policy);
        return (body as { status?: { typeChecking?: object } }).status?.typeChecking;
      });
      expect(found).toEqual({});
    }
  });

  test.each(kinds)('kubectl rollout restart of a %s', async (kind) => {
    const restart = ['rollout', 'restart', `${kind.toLowerCase()}/web`, '-n', patient];
    expect(await agent(restart)).toEqual({ code: 0, text: `${kind.toLowerCase()}.apps/web restarted` });
    const { body } = await api.get(workload(kind, patient));
    expect(annotationsOf(body)).toEqual({
      'example.test/note': 'kept',
      'kubectl.kubernetes.io/restartedAt': expect.stringMatching(/^20/),
    });
  });

  describe.each(kinds)('of a %s', (kind) => {
    test.each(Object.keys(changes))('%s is refused', async (name) => {
      expect(await inPatient(`${kind.toLowerCase()} web`, changes[name] as object)).toEqual({
        code: 1,
        text: expect.stringContaining(
          `ValidatingAdmissionPolicy '${own}-agent-only-restarts' with binding '${own}-agent-only-restarts' denied request: the agent may restart a workload (kubectl rollout restart), and change nothing else in it.`,
        ),
      });
    });
  });

  test('pods and Jobs can be deleted one by one', async () => {
    const pod = { restartPolicy: 'Never', containers: [{ name: 'any', image: 'registry.example.test/any:1' }] };
    const nowhere = {
      ...pod,
      automountServiceAccountToken: false,
      nodeSelector: { 'example.test/no-such-node': 'true' },
    };
    const metadata = { name: 'stuck', namespace: patient };
    await apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: patient } });
    await apply({ apiVersion: 'v1', kind: 'Pod', metadata, spec: nowhere });
    await apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata,
      spec: { suspend: true, template: { spec: nowhere } },
    });
    for (const what of ['pod', 'job']) {
      const { code, text } = await agent(['delete', what, 'stuck', '-n', patient, '--timeout=60s']);
      expect([code, text]).toEqual([0, expect.stringMatching(/"stuck" deleted/)]);
    }
    expect((await agent(['delete', 'pods', '--all', '-n', patient])).text).not.toContain('deletecollection');
  });

  test('kubectl cordon and uncordon', async () => {
    expect(await agent(['cordon', node])).toEqual({ code: 0, text: `node/${node} cordoned` });
    expect(await agent(['uncordon', node])).toEqual({ code: 0, text: `node/${node} uncordoned` });
  });

  test.each(Object.keys(nodeChanges))('of a node, %s is refused', async (name) => {
    expect(await patch(`node ${node}`, nodeChanges[name] as object)).toEqual({
      code: 1,
      text: expect.stringContaining(
        `ValidatingAdmissionPolicy '${own}-agent-only-cordons' with binding '${own}-agent-only-cordons' denied request: the agent may cordon and uncordon a node, and change nothing else in it.`,
      ),
    });
  });

  test('others are not asked', async () => {
    const object = workload('Deployment', patient);
    const labelled = { ...object, metadata: { ...object.metadata, labels: { app: 'web', by: 'hand' } } };
    expect((await api.apply(labelled, JSON.stringify(labelled), { dryRun: true })).status).toBe(200);
  });

  test.each([
    `delete pods -n default`,
    `patch deployments.apps -n ${own}`,
    `patch deployments.apps --subresource=scale -n ${patient}`,
    `delete deployments.apps -n ${patient}`,
    `deletecollection pods -n ${patient}`,
    `create pods -n ${patient}`,
    `create pods --subresource=exec -n ${patient}`,
    `create jobs.batch -n ${patient}`,
    `get secrets -n ${patient}`,
    `patch nodes --subresource=status`,
    `get nodes --subresource=proxy`,
    `delete nodes`,
  ])('may not %s', async (request) => {
    const { code, text } = await agent(['auth', 'can-i', ...request.split(' ')]);
    expect([code, text.split('\n').at(-1)]).toEqual([1, 'no']);
  });
});

function annotationsOf(body: unknown): unknown {
  return (body as { spec: { template: { metadata: { annotations: unknown } } } }).spec.template.metadata.annotations;
}
