import { JsonPatch, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { readCluster } from '../access/index.ts';
import { Cluster } from '../cluster.ts';
import { pods } from '../network/peers.ts';
import { reportedBelow } from '../problem.ts';
import { custom } from '../runtimes/custom.ts';
import { zeroClaw } from '../runtimes/zeroclaw/index.ts';
import { model, oneAgent, plain, problemsOf, program, rendered } from '../testing/cluster.ts';
import { Agent } from './agent.ts';
import { AgentApp } from './app.ts';

const labels = {
  'app.kubernetes.io/name': 'app',
  'app.kubernetes.io/instance': 'agent',
  'app.kubernetes.io/managed-by': 'chitin',
};
const selector = { 'app.kubernetes.io/name': 'app', 'app.kubernetes.io/instance': 'agent' };
const named = (name: string) => ({ name, namespace: 'demo', labels });

test('the objects of a minimal agent', () => {
  const { cluster } = oneAgent();
  expect(Object.keys(rendered(cluster))).toEqual([
    'StatefulSet agent',
    'ServiceAccount agent',
    'Service agent-headless',
    'PodDisruptionBudget agent',
    'CiliumNetworkPolicy agent',
    'Namespace demo',
    'NetworkPolicy default-deny',
    'GitRepository chitin',
    'Kustomization chitin-gitops',
    'Kustomization chitin-cluster',
    'Kustomization chitin-app',
  ]);
  expect(problemsOf(cluster)).toEqual([]);
});

test('the StatefulSet of a minimal agent', () => {
  expect(rendered(oneAgent().cluster)['StatefulSet agent']).toEqual({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: named('agent'),
    spec: {
      replicas: 1,
      serviceName: 'agent-headless',
      podManagementPolicy: 'Parallel',
      revisionHistoryLimit: 5,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels, annotations: { 'kubectl.kubernetes.io/default-container': 'agent' } },
        spec: {
          serviceAccountName: 'agent',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 30,
          dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroup: 1000,
            fsGroupChangePolicy: 'OnRootMismatch',
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'agent',
              image: 'registry.example.test/program:1.0.0',
              resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'agent-tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'agent-tmp', emptyDir: { sizeLimit: '64Mi' } }],
        },
      },
    },
  });
});

test('what stands around the StatefulSet', () => {
  const runtime = custom({
    ...program,
    ports: [{ name: 'http', port: 8080 }],
    state: [
      { name: 'state', path: '/data', size: Size.gibibytes(2) },
      { name: 'cache', path: '/cache', size: Size.mebibytes(1500) },
    ],
  });
  const { cluster } = oneAgent({ runtime, storage: Size.gibibytes(5) }, { storageClass: 'fast' });
  const objects = rendered(cluster);
  const ports = [{ name: 'http', port: 8080, targetPort: 'http' }];
  expect(objects['Service agent']).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: named('agent'),
    spec: { selector, ports },
  });
  expect(objects['Service agent-headless']).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: named('agent-headless'),
    spec: { clusterIP: 'None', selector, ports },
  });
  expect(objects['PodDisruptionBudget agent']).toEqual({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: named('agent'),
    spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: selector } },
  });
  expect(objects['ServiceAccount agent']).toEqual({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: named('agent'),
    automountServiceAccountToken: false,
  });
  // `storage` is the size of the first volume; a claim outlives its file.
  const claim = (name: string, storage: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...named(name), annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage } } },
  });
  expect(objects['PersistentVolumeClaim agent-state']).toEqual(claim('agent-state', '5Gi'));
  expect(objects['PersistentVolumeClaim agent-cache']).toEqual(claim('agent-cache', '1500Mi'));
});

test('claims from templates are kept with their StatefulSet gone, and are no objects of ours', () => {
  const runtime = custom({ ...program, state: [{ name: 'state', path: '/data', size: Size.gibibytes(2) }] });
  const objects = rendered(oneAgent({ runtime, volumeClaimTemplates: true }).cluster);
  expect(Object.keys(objects).filter((name) => name.startsWith('PersistentVolumeClaim'))).toEqual([]);
  const { volumeClaimTemplates, persistentVolumeClaimRetentionPolicy, template } = objects['StatefulSet agent'].spec;
  expect({ volumeClaimTemplates, persistentVolumeClaimRetentionPolicy }).toEqual({
    volumeClaimTemplates: [
      {
        metadata: { name: 'state' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
      },
    ],
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  });
  expect(template.spec.containers[0].volumeMounts[0]).toEqual({ name: 'state', mountPath: '/data' });
  expect(template.spec.volumes).toEqual([{ name: 'agent-tmp', emptyDir: { sizeLimit: '64Mi' } }]);
});

test('an exposed agent has a route, and admits the gateway alone', () => {
  const runtime = custom({ ...program, ports: [{ name: 'http', port: 8080 }] });
  const peers = [pods('gateway-system', { gateway: 'internal' })];
  const gateway = { name: 'internal', namespace: 'gateway-system', listener: 'web', scheme: 'https' as const, peers };
  const { cluster, agent } = oneAgent({ runtime }, { gateway });
  agent.expose('claw');
  const objects = rendered(cluster);
  expect(objects['HTTPRoute agent']).toEqual({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: named('agent'),
    spec: {
      parentRefs: [{ name: 'internal', namespace: 'gateway-system', sectionName: 'web' }],
      hostnames: ['claw.example.test'],
      rules: [{ backendRefs: [{ name: 'agent', port: 8080 }] }],
    },
  });
  expect(objects['CiliumNetworkPolicy agent'].spec.ingress).toEqual([
    {
      fromEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'gateway-system', gateway: 'internal' } }],
      toPorts: [{ ports: [{ port: '8080', protocol: 'TCP' }] }],
    },
  ]);
});

test('an agent may be exposed under any host name', () => {
  const runtime = custom({ ...program, ports: [{ name: 'http', port: 8080 }] });
  const gateway = { name: 'web', namespace: 'web', scheme: 'https', peers: 'cilium-ingress' } as const;
  const { cluster, agent } = oneAgent({ runtime }, { gateway });
  agent.expose({ host: 'agent.example.org' });
  expect(rendered(cluster)['HTTPRoute agent'].spec.hostnames).toEqual(['agent.example.org']);
});

test('a JSON patch changes the StatefulSet', () => {
  const { cluster, agent } = oneAgent();
  agent.statefulSet.addJsonPatch(JsonPatch.add('/spec/template/spec/hostname', 'desk'));
  expect(rendered(cluster)['StatefulSet agent'].spec.template.spec.hostname).toBe('desk');
});

test('another runtime changes no field that cannot change', () => {
  /** Fields of a StatefulSet's spec that an update must not touch (apps/v1, ValidateStatefulSetUpdate), and the claims. */
  const lasting = ({ cluster }: { cluster: Cluster }) => {
    const objects = rendered(cluster);
    const {
      replicas: _,
      template: _template,
      revisionHistoryLimit: _limit,
      ...immutable
    } = objects['StatefulSet agent'].spec;
    return { immutable, claims: Object.entries(objects).filter(([name]) => name.startsWith('PersistentVolumeClaim')) };
  };
  const storage = Size.gibibytes(2);
  const runtime = custom({ ...program, state: [{ name: 'state', path: '/data' }] });
  const one = lasting(oneAgent({ runtime, storage }));
  expect(one.immutable).toEqual({
    serviceName: 'agent-headless',
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: selector },
  });
  expect(one.claims.map(([name]) => name)).toEqual(['PersistentVolumeClaim agent-state']);
  expect(lasting(oneAgent({ runtime: zeroClaw(), storage }))).toEqual(one);
});

test('calls after the objects were derived are refused', () => {
  const { cluster, agent } = oneAgent();
  rendered(cluster);
  expect(() => agent.expose('claw')).toThrow(
    'app/agent: expose() after the objects were derived; call it where the agent is made',
  );
  expect(() => agent.grant(readCluster, { because: 'looks' })).toThrow('app/agent: grant() after the objects');
  expect(() => agent.reach(pods('other', {}), { ports: [80], because: 'asks' })).toThrow(
    'app/agent: reach() after the objects',
  );
});

test('a name that is no name of a StatefulSet is refused at once', () => {
  const { app } = oneAgent();
  const make = (name: string) => new Agent(app, name, { runtime: custom(program), model });
  for (const name of ['', 'Claw', '1claw', 'claw-', 'a.b', `a${'b'.repeat(52)}`]) {
    expect(() => make(name)).toThrow(`agent name "${name}" is not a DNS label of at most 52 characters.`);
  }
  expect(make(`a${'b'.repeat(51)}`).name).toHaveLength(52);
});

test('a program that weakens its pod is a finding, with its reason', () => {
  const cluster = new Cluster('test', { ...plain, apps: () => {} });
  const app = new AgentApp<'baseline'>(cluster, 'app', { namespace: 'demo', podSecurity: 'baseline' });
  const podSecurity = { level: 'baseline', because: 'its image knows no other user' } as const;
  const runtime = custom({ ...program, user: { uid: 0, gid: 0 }, podSecurity });
  new Agent(app, 'agent', { runtime, model });
  rendered(cluster);
  const { findings } = reportedBelow(cluster);
  expect(findings.map(({ item }) => [item.rule, item.message])).toEqual([
    ['weaker-pod', 'runtime custom needs Pod Security level baseline: its image knows no other user'],
  ]);
});
