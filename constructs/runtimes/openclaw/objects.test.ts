import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { expect, test } from 'vitest';
import { readCluster } from '../../access/read-cluster.ts';
import { Agent } from '../../agent/agent.ts';
import { AgentApp } from '../../agent/app.ts';
import { Cluster, type ClusterProps } from '../../cluster.ts';
import { kubeconfig } from '../../credentials/index.ts';
import { kubernetesNetworkPolicies } from '../../network/kubernetes-network-policies.ts';
import { model, plain, problemsOf, rendered } from '../../testing/cluster.ts';
import { folder, secretFiles } from '../../testing/folder.ts';
import { openClaw } from './openclaw.ts';
import { hook } from './testing/cases.ts';

const gateway: NonNullable<ClusterProps['gateway']> = {
  name: 'internal',
  namespace: 'gateway-system',
  scheme: 'https',
  peers: [{ kind: 'pods', namespace: 'gateway-system', labels: { app: 'gateway' } }],
};

/** Agent `claw` behind a gateway, called by Alertmanager, with an executor, a skill, a credential and a grant. */
function objects() {
  const root = folder({
    ...secretFiles({
      'demo/claw-gateway': { token: 'a' },
      'demo/claw-webhook': { token: 'b' },
      'demo/claw-kubeconfig': { config: 'c' },
    }),
    'skills/debugging/SKILL.md': '---\nname: debugging\ndescription: Finds out why.\n---\nLook.\n',
  });
  const network = kubernetesNetworkPolicies();
  const facts = { ...plain, gateway, network, apiServer: { cidrs: ['10.20.0.10/32'], port: 6443 } };
  const cluster = new Cluster('test', { ...facts, directory: `${root}/clusters/test`, apps: () => {} });
  const app = new AgentApp(cluster, 'app', { namespace: 'demo' });
  const agent = new Agent(app, 'claw', {
    runtime: openClaw({ version: '2026.9.6', exec: 'executor' }),
    model,
    channels: [hook],
    skills: ['debugging'],
    credentials: [kubeconfig()],
  });
  agent.expose('claw');
  agent.grant(readCluster, { because: 'looks around' });
  expect(problemsOf(cluster)).toEqual([]);
  const all = rendered(cluster);
  const pod = (all['StatefulSet claw'] as unknown as IStatefulSet).spec?.template.spec as IPodSpec;
  const container = (name: string) => {
    const found = [...(pod.initContainers ?? []), ...pod.containers].find((each) => each.name === name);
    if (!found) throw new Error(`the pod has no container ${name}`);
    return found;
  };
  /** `volume subPath path`, and `ro`, but for scratch. */
  const mounts = (name: string) =>
    (container(name).volumeMounts ?? [])
      .filter(({ name: volume }) => !volume.startsWith(`${name}-`) || volume === 'executor-config')
      .map(({ name: volume, mountPath, subPath, readOnly }) =>
        [volume, subPath, mountPath, readOnly ? 'ro' : undefined].filter(Boolean).join(' '),
      );
  return { all, pod, container, mounts };
}

test('the route leads to the forwarder, and requests stay open', () => {
  const { all } = objects();
  expect((all['HTTPRoute claw'] as unknown as IHTTPRoute).spec).toEqual({
    parentRefs: [{ name: 'internal', namespace: 'gateway-system' }],
    hostnames: ['claw.example.test'],
    rules: [{ timeouts: { request: '0s' }, backendRefs: [{ name: 'claw', port: 18790 }] }],
  });
});

test('the gateway gets through to the forwarder alone, and callers to OpenClaw alone', () => {
  const { all } = objects();
  const policy = all['NetworkPolicy claw'] as unknown as {
    spec: { ingress: { from: { podSelector: { matchLabels: object } }[]; ports: { port: number }[] }[] };
  };
  const doors = policy.spec.ingress.flatMap(({ from, ports }) =>
    from.map(({ podSelector }) => [podSelector.matchLabels, ports.map(({ port }) => port)]),
  );
  expect(doors).toEqual(
    expect.arrayContaining([
      [{ app: 'gateway' }, [18790]],
      [{ app: 'alertmanager' }, [18789]],
      [{ app: 'sonarr' }, [18789]],
      [{ app: 'builds' }, [18789]],
    ]),
  );
  expect(doors).toHaveLength(4);
});

test('state, configuration and scripts, each where it is read', () => {
  const { mounts } = objects();
  expect(mounts('openclaw-folders')).toEqual(['state /mnt/state', 'scripts /opt/chitin/openclaw ro']);
  expect(mounts('agent')).toEqual([
    'state home /home/node/.openclaw',
    'config /etc/openclaw ro',
    'skill-debugging debugging /opt/openclaw/skills/debugging ro',
    'credential-kubeconfig /var/run/secrets/chitin/kubeconfig ro',
  ]);
  expect(mounts('forwarder')).toEqual(['scripts /opt/chitin/openclaw ro']);
});

test('the executor sees what commands need: workspace, skills, credentials, and the token of the grants', () => {
  const { container, mounts } = objects();
  expect(mounts('executor')).toEqual([
    'state executor /home/node/.openclaw',
    'state home/workspace /home/node/.openclaw/workspace',
    'executor-config /etc/openclaw ro',
    'skill-debugging debugging /opt/openclaw/skills/debugging ro',
    'credential-kubeconfig /var/run/secrets/chitin/kubeconfig ro',
    'api-token /var/run/secrets/kubernetes.io/serviceaccount ro',
  ]);
  const names = (container('executor').env ?? []).map(({ name }) => name);
  expect(names.filter((name) => /KEY|TOKEN|KUBECONFIG/.test(name))).toEqual([
    'OPENCLAW_GATEWAY_TOKEN',
    'REMOTE_KUBECONFIG',
  ]);
  expect(mounts('agent').join()).not.toContain('api-token');
});

test('the pod: user, time to stop, probes and memory', () => {
  const { pod, container } = objects();
  expect(pod.terminationGracePeriodSeconds).toBe(340);
  expect(pod.securityContext).toMatchObject({ runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, runAsNonRoot: true });
  expect(container('agent').startupProbe).toEqual({
    httpGet: { path: '/startupz', port: 'gateway' },
    periodSeconds: 5,
    failureThreshold: 60,
    timeoutSeconds: 5,
  });
  expect(container('agent').resources).toEqual({
    requests: { cpu: '250m', memory: '1Gi' },
    limits: { memory: '3Gi' },
  });
});

test('types: channels that need a plugin want its source', () => {
  const channels = { plugins: 'init' } as const;
  expect(openClaw({ version: '2026.9.6', ...channels }).name).toBe('openclaw');
  // @ts-expect-error a release that was not tried
  openClaw({ version: '2026.8.1' });
  // @ts-expect-error the version is not optional
  openClaw({});
  // @ts-expect-error a misspelled mode
  openClaw({ version: '2026.9.6', configMode: 'read-only' });
});
