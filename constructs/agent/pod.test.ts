import { Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { readCluster } from '../access/index.ts';
import { Cluster } from '../cluster.ts';
import { ageKey, credential, kubeconfig, registryAuth } from '../credentials/index.ts';
import { existingObjects } from '../existing.ts';
import { image } from '../images.ts';
import { reportedBelow } from '../problem.ts';
import { custom } from '../runtimes/custom.ts';
import { filesSeed } from '../seeds/index.ts';
import { derive, model, oneAgent, plain, program, rendered } from '../testing/cluster.ts';
import { folder, secretFiles } from '../testing/folder.ts';
import { scrapling } from '../tools/index.ts';
import { Agent } from './agent.ts';
import { AgentApp } from './app.ts';

/** The pod of `agent`. */
function podOf(made: { readonly cluster: Cluster }) {
  return rendered(made.cluster)['StatefulSet agent'].spec.template.spec;
}

const seeded = custom({
  ...program,
  shell: true,
  state: [{ name: 'state', path: '/data' }],
  workspace: '/data/workspace',
});

test('a grant brings a token for the program alone', () => {
  const { cluster, agent } = oneAgent({
    runtime: seeded,
    seed: filesSeed({ 'AGENTS.md': 'x' }),
    tools: [scrapling()],
    containers: [{ name: 'beside', image: 'registry.example.test/beside:1' }],
  });
  agent.grant(readCluster, { because: 'explains failing pods' });
  const objects = rendered(cluster);
  const pod = objects['StatefulSet agent'].spec.template.spec;
  const all: { name: string; volumeMounts?: { name: string }[] }[] = [...pod.initContainers, ...pod.containers];
  expect(all.map(({ name }) => name)).toEqual(['seed', 'scrapling', 'agent', 'beside']);
  const holders = all.filter(({ volumeMounts }) => volumeMounts?.some(({ name }) => name === 'api-token'));
  expect(holders.map(({ name }) => name)).toEqual(['agent']);
  expect(pod.containers[0].volumeMounts.at(-1)).toEqual({
    name: 'api-token',
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    readOnly: true,
  });
  expect(pod.volumes.at(-1)).toEqual({
    name: 'api-token',
    projected: {
      defaultMode: 0o440,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  });
  expect(pod.automountServiceAccountToken).toBe(false);
  expect(objects['ServiceAccount agent'].automountServiceAccountToken).toBe(false);
  expect(objects['CiliumNetworkPolicy agent'].spec.egress.at(-1)).toEqual({
    toEntities: ['kube-apiserver'],
    toPorts: [{ ports: [{ port: '6443', protocol: 'TCP' }] }],
  });
});

test('without a grant there is no token and no way to the API server', () => {
  const objects = rendered(oneAgent().cluster);
  expect(JSON.stringify(objects['StatefulSet agent'])).not.toContain('serviceAccountToken');
  expect(objects['StatefulSet agent'].spec.template.spec.automountServiceAccountToken).toBe(false);
  expect(JSON.stringify(objects['CiliumNetworkPolicy agent'])).not.toMatch(/kube-apiserver|kubernetes\.default/);
  expect(Object.keys(objects).filter((name) => /Role/.test(name))).toEqual([]);
});

test('credentials are read-only files for the program, and variables say where they are', () => {
  const directory = `${folder(
    secretFiles({
      'demo/agent-kubeconfig': { config: 'a' },
      'demo/agent-registry': { 'config.json': 'b' },
      'demo/agent-netrc': { netrc: 'c' },
    }),
  )}/clusters/test`;
  const netrc = credential({
    name: 'netrc',
    files: { netrc: 'credentials of the Git server' },
    env: (at) => ({ NETRC: `${at}/netrc` }),
  });
  const { cluster } = oneAgent({ credentials: [kubeconfig(), registryAuth(), netrc] }, { directory });
  const pod = podOf({ cluster });
  expect(pod.containers[0].env).toEqual([
    { name: 'REMOTE_KUBECONFIG', value: '/var/run/secrets/chitin/kubeconfig/config' },
    { name: 'DOCKER_CONFIG', value: '/var/run/secrets/chitin/registry' },
    { name: 'NETRC', value: '/var/run/secrets/chitin/netrc/netrc' },
  ]);
  expect(pod.containers[0].volumeMounts.slice(1)).toEqual([
    { name: 'credential-kubeconfig', mountPath: '/var/run/secrets/chitin/kubeconfig', readOnly: true },
    { name: 'credential-registry', mountPath: '/var/run/secrets/chitin/registry', readOnly: true },
    { name: 'credential-netrc', mountPath: '/var/run/secrets/chitin/netrc', readOnly: true },
  ]);
  expect(pod.volumes.slice(1)).toEqual([
    { name: 'credential-kubeconfig', secret: { secretName: 'agent-kubeconfig', defaultMode: 0o440 } },
    { name: 'credential-registry', secret: { secretName: 'agent-registry', defaultMode: 0o440 } },
    { name: 'credential-netrc', secret: { secretName: 'agent-netrc', defaultMode: 0o440 } },
  ]);
  expect(reportedBelow(cluster).problems).toEqual([]);
});

test('an age key in the pod is a finding with its reason', () => {
  const key = ageKey({
    recipient: 'age1wmp0w2c6qsktxpfat0v60eu0mahvnnf0etzdnr7k8mf73cmgnq9qlwezlz',
    because: 'opens the backups that it restores',
  });
  const { cluster } = oneAgent({ credentials: [key] });
  derive(cluster);
  expect(reportedBelow(cluster).findings.map(({ item }) => item)).toEqual([
    {
      rule: 'age-key-in-pod',
      message: 'the pod holds an age key: opens the backups that it restores',
      why: 'Whoever takes over the agent can open everything that was encrypted to it.',
    },
  ]);
});

test('what is given goes over what the runtime sets', () => {
  const runtime = custom({ ...program, env: { LEVEL: 'info', MODE: 'quiet' } });
  const made = oneAgent({
    runtime,
    env: { LEVEL: 'debug', TOKEN: { secret: 'given', key: 'token' } },
    volumes: [
      { volume: { name: 'models', emptyDir: { sizeLimit: '1Gi' } }, mountPath: '/models', readOnly: false },
      { volume: { name: 'certificates', configMap: { name: 'roots' } }, mountPath: '/etc/ssl/certs' },
    ],
    containers: [{ name: 'beside', image: 'registry.example.test/beside:1' }],
    resources: { limits: { memory: '3Gi' } },
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'agents', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'low',
  });
  const pod = podOf(made);
  const [main, ...others] = pod.containers;
  expect(main.env).toEqual([
    { name: 'LEVEL', value: 'debug' },
    { name: 'MODE', value: 'quiet' },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'given', key: 'token' } } },
  ]);
  expect(main.resources).toEqual({ limits: { memory: '3Gi' } });
  expect(main.volumeMounts.slice(1)).toEqual([
    { name: 'models', mountPath: '/models', readOnly: false },
    { name: 'certificates', mountPath: '/etc/ssl/certs', readOnly: true },
  ]);
  expect(pod.volumes.slice(1)).toEqual([
    { name: 'models', emptyDir: { sizeLimit: '1Gi' } },
    { name: 'certificates', configMap: { name: 'roots' } },
  ]);
  expect(others).toEqual([{ name: 'beside', image: 'registry.example.test/beside:1' }]);
  expect(pod).toMatchObject({
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'agents', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'low',
  });
});

test('the cluster decides where images come from', () => {
  const images = {
    mirrors: { 'registry.example.test': 'mirror.example.test/cache' },
    pins: { 'registry.example.test/program:1.0.0': `sha256:${'a'.repeat(64)}` },
    pullSecrets: ['mirror'],
  } as const;
  const made = oneAgent({}, { images });
  const pod = podOf(made);
  expect(pod.containers[0].image).toBe(`mirror.example.test/cache/program:1.0.0@sha256:${'a'.repeat(64)}`);
  expect(pod.imagePullSecrets).toEqual([{ name: 'mirror' }]);
  expect(existingObjects(made.cluster)).toEqual([{ kind: 'Secret', namespace: 'demo', name: 'mirror' }]);
});

test('configuration, probes, ports, scratch folders and commands of a program', () => {
  const runtime = custom({
    ...program,
    command: ['/program'],
    args: ['--serve'],
    ports: [{ name: 'http', port: 8080 }],
    probes: {
      startup: { exec: ['/program', 'ready'] },
      startupSeconds: 62,
      liveness: { http: { path: '/live', port: 'http' } },
      readiness: { tcp: { port: 'http' } },
    },
    scratch: [{ path: '/dev/shm', size: Size.gibibytes(1), memory: true }],
    files: [{ path: '/etc/program/config.json', text: '{}' }],
    resources: { requests: { cpu: '1', memory: Size.gibibytes(1) }, limits: { cpu: '2', memory: Size.gibibytes(2) } },
  });
  const { cluster } = oneAgent({ runtime });
  const objects = rendered(cluster);
  const pod = objects['StatefulSet agent'].spec.template.spec;
  expect(pod.containers[0]).toEqual({
    name: 'agent',
    image: 'registry.example.test/program:1.0.0',
    command: ['/program'],
    args: ['--serve'],
    ports: [{ name: 'http', containerPort: 8080 }],
    startupProbe: {
      exec: { command: ['/program', 'ready'] },
      periodSeconds: 5,
      failureThreshold: 13,
      timeoutSeconds: 5,
    },
    livenessProbe: {
      httpGet: { path: '/live', port: 'http' },
      periodSeconds: 20,
      failureThreshold: 3,
      timeoutSeconds: 5,
    },
    readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 },
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '2Gi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'agent-dev-shm', mountPath: '/dev/shm' },
      { name: 'agent-config', mountPath: '/etc/program/config.json', subPath: 'config.json', readOnly: true },
    ],
  });
  expect(pod.volumes).toEqual([
    { name: 'agent-dev-shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    { name: 'agent-config', configMap: { name: 'agent-config' } },
  ]);
  expect(objects['ConfigMap agent-config'].data).toEqual({ 'config.json': '{}' });
});

test('root runs where the namespace admits it, and says so', () => {
  const cluster = new Cluster('test', { ...plain, apps: () => {} });
  const app = new AgentApp<'baseline'>(cluster, 'app', { namespace: 'demo', podSecurity: 'baseline' });
  const runtime = custom({
    image: image('registry.example.test/root:1'),
    user: { uid: 0, gid: 0 },
    podSecurity: { level: 'baseline', because: 'the image knows no other user' },
  });
  new Agent(app, 'agent', { runtime, model });
  const pod = podOf({ cluster });
  expect(pod.securityContext).not.toHaveProperty('runAsNonRoot');
  expect(pod.containers[0].securityContext).toEqual({
    runAsNonRoot: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(reportedBelow(cluster).problems).toEqual([]);
});
