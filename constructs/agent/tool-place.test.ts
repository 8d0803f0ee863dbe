import { expect, test } from 'vitest';
import { Cluster } from '../cluster.ts';
import { reportedBelow } from '../problem.ts';
import { custom } from '../runtimes/custom.ts';
import { filesSeed } from '../seeds/index.ts';
import { derive, model, oneAgent, plain, problemsOf, program, rendered } from '../testing/cluster.ts';
import { folder, secretFiles } from '../testing/folder.ts';
import { scrapling, type ToolPlace } from '../tools/index.ts';
import { Agent } from './agent.ts';
import { AgentApp } from './app.ts';

const runtime = custom({
  ...program,
  shell: true,
  state: [{ name: 'state', path: '/data' }],
  workspace: '/data/workspace',
});

const tokens = { 'demo/agent-scrapling': { token: 'a' } };

/** The agent with Scrapling at a place, and the ciphertext that the place needs. */
function at(place: ToolPlace) {
  const directory = `${folder(place === 'pod' ? secretFiles(tokens) : {})}/clusters/test`;
  const seed = filesSeed({ 'AGENTS.md': 'x' });
  const { cluster } = oneAgent({ runtime, seed, tools: [scrapling({ place })] }, { directory });
  const objects = rendered(cluster);
  const { problems, findings } = reportedBelow(cluster);
  expect(problems).toEqual([]);
  return { objects, rules: findings.map(({ item }) => item.rule) };
}

const dnsFor = (...names: readonly string[]) => ({
  toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system', 'k8s-app': 'kube-dns' } }],
  toPorts: [
    { ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: names.map((matchPattern) => ({ matchPattern })) } },
  ],
});
const tcp = (...ports: readonly string[]) => [{ ports: ports.map((port) => ({ port, protocol: 'TCP' })) }];
const llm = {
  toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'llm', app: 'llm' } }],
  toPorts: tcp('8080'),
};
const internet = {
  toCIDRSet: [expect.objectContaining({ cidr: '0.0.0.0/0' }), expect.objectContaining({ cidr: '::/0' })],
};
const web = { ...internet, toPorts: tcp('443', '80') };
const podsOf = (instance: string) => ({
  matchLabels: {
    'k8s:io.kubernetes.pod.namespace': 'demo',
    'app.kubernetes.io/name': 'app',
    'app.kubernetes.io/instance': instance,
  },
});

test('a sidecar brings its connections into the fence of the agent', () => {
  const { objects, rules } = at('sidecar');
  expect(Object.keys(objects).filter((name) => name.includes('scrapling'))).toEqual(['ConfigMap agent-scrapling']);
  const { metadata, spec } = objects['CiliumNetworkPolicy agent'];
  expect(metadata.annotations['chitin.dev/flows']).toBe(
    'out llm/app=llm:8080 (model provider local)\nout the internet:443,80 (tool scrapling fetches web pages)\n',
  );
  expect(spec.ingress).toEqual([{}]);
  expect(spec.egress).toEqual([dnsFor('*'), llm, web]);
  expect(rules).toEqual(['sidecar-shares-network', 'reaches-internet']);
});

test('one word isolates it: the agent reaches the tool alone, and the tool admits the agent alone', () => {
  const { objects, rules } = at('pod');
  expect(Object.keys(objects).filter((name) => name.endsWith(' agent-scrapling'))).toEqual([
    'ConfigMap agent-scrapling',
    'Secret agent-scrapling',
    'ServiceAccount agent-scrapling',
    'Service agent-scrapling',
    'Deployment agent-scrapling',
    'CiliumNetworkPolicy agent-scrapling',
  ]);
  const agent = objects['CiliumNetworkPolicy agent'];
  expect(agent.metadata.annotations['chitin.dev/flows']).toBe(
    'out llm/app=llm:8080 (model provider local)\n' +
      'out demo/app.kubernetes.io/name=app,app.kubernetes.io/instance=agent-scrapling:8000 (tool scrapling)\n',
  );
  expect(agent.spec.ingress).toEqual([{}]);
  expect(agent.spec.egress).toEqual([
    dnsFor('*.llm.svc.cluster.local', '*.demo.svc.cluster.local'),
    llm,
    { toEndpoints: [podsOf('agent-scrapling')], toPorts: tcp('8000') },
  ]);
  const tool = objects['CiliumNetworkPolicy agent-scrapling'];
  expect(tool.metadata.annotations['chitin.dev/flows']).toBe(
    'in demo/app.kubernetes.io/name=app,app.kubernetes.io/instance=agent:8000 (tool of agent agent)\n' +
      'out the internet:443,80 (tool scrapling fetches web pages)\n',
  );
  expect(tool.spec).toEqual({
    endpointSelector: {
      matchLabels: { 'app.kubernetes.io/name': 'app', 'app.kubernetes.io/instance': 'agent-scrapling' },
    },
    ingress: [{ fromEndpoints: [podsOf('agent')], toPorts: tcp('8000') }],
    egress: [dnsFor('*'), web],
  });
  expect(rules).toEqual(['reaches-internet']);
});

test('the sidecar runs before the program and after the seed, and is waited for', () => {
  const pod = at('sidecar').objects['StatefulSet agent'].spec.template.spec;
  expect(pod.initContainers.map(({ name }: { name: string }) => name)).toEqual(['seed', 'scrapling']);
  const [seed, sidecar] = pod.initContainers;
  expect(seed).not.toHaveProperty('restartPolicy');
  const { restartPolicy, startupProbe, securityContext, ports, command } = sidecar;
  expect({ restartPolicy, securityContext, ports }).toEqual({
    restartPolicy: 'Always',
    // Another user than the program's, so that neither reads the other's files.
    securityContext: {
      runAsUser: 65534,
      runAsGroup: 65534,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    ports: undefined,
  });
  expect(startupProbe.exec.command.at(-1)).toBe('8000');
  expect(startupProbe).toMatchObject({ periodSeconds: 5, failureThreshold: 24, timeoutSeconds: 5 });
  expect(command.slice(4, 8)).toEqual(['--host', '127.0.0.1', '--port', '8000']);
});

test('the pod of a tool holds nothing but the tool', () => {
  const { objects } = at('pod');
  expect(
    objects['StatefulSet agent'].spec.template.spec.initContainers.map(({ name }: { name: string }) => name),
  ).toEqual(['seed']);
  const { replicas, selector, template } = objects['Deployment agent-scrapling'].spec;
  const labels = { 'app.kubernetes.io/name': 'app', 'app.kubernetes.io/instance': 'agent-scrapling' };
  expect({ replicas, selector }).toEqual({ replicas: 1, selector: { matchLabels: labels } });
  expect(template.metadata.labels).toEqual({ ...labels, 'app.kubernetes.io/managed-by': 'chitin' });
  const { containers, ...pod } = template.spec;
  expect(pod).toMatchObject({
    serviceAccountName: 'agent-scrapling',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      fsGroup: 65534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumes: [{ name: 'agent-scrapling', configMap: { name: 'agent-scrapling' } }],
  });
  expect(containers).toHaveLength(1);
  const [{ env, ports, command, readinessProbe }] = containers;
  expect(env).toEqual([
    { name: 'SCRAPLING_MCP_AUTH_TOKEN', valueFrom: { secretKeyRef: { name: 'agent-scrapling', key: 'token' } } },
  ]);
  expect(ports).toEqual([{ name: 'mcp', containerPort: 8000 }]);
  expect(readinessProbe.tcpSocket).toEqual({ port: 'mcp' });
  expect(command.slice(4, 6)).toEqual(['--host', '0.0.0.0']);
  expect(command.slice(-2)).toEqual(['--allowed-host', 'agent-scrapling.demo.svc.cluster.local:8000']);
  expect(objects['ServiceAccount agent-scrapling'].automountServiceAccountToken).toBe(false);
  expect(objects['Service agent-scrapling'].spec).toEqual({
    selector: labels,
    ports: [{ name: 'mcp', port: 8000, targetPort: 'mcp' }],
  });
});

test('a pod of its own needs a token, and the missing Secret is told', () => {
  const { cluster } = oneAgent({ tools: [scrapling({ place: 'pod' })] });
  expect(problemsOf(cluster)).toEqual([
    {
      message: 'secret demo/agent-scrapling: there is no clusters/test/secrets/demo/agent-scrapling.yaml',
      why: 'It needs token (bearer token between agent and Scrapling: any long random text).',
      help: 'Give it its values: chitin secrets generate test demo/agent-scrapling token',
    },
  ]);
});

test('with its browser Scrapling is root, in a pod of its own, which reviewers are told', () => {
  const directory = `${folder(secretFiles(tokens))}/clusters/test`;
  const cluster = new Cluster('test', { ...plain, directory, apps: () => {} });
  const app = new AgentApp<'baseline'>(cluster, 'app', { namespace: 'demo', podSecurity: 'baseline' });
  new Agent(app, 'agent', { runtime, model, tools: [scrapling({ browser: true })] });
  const pod = rendered(cluster)['Deployment agent-scrapling'].spec.template.spec;
  const { problems, findings } = reportedBelow(cluster);
  expect(problems).toEqual([]);
  expect(findings.map(({ item }) => item.rule)).toContain('scrapling-browser');
  expect(pod.securityContext).toEqual({
    runAsUser: 0,
    runAsGroup: 0,
    fsGroup: 0,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(pod.containers[0].securityContext).toEqual({
    runAsNonRoot: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

test('a tool that is listed twice is told, and made once', () => {
  const { cluster } = oneAgent({ tools: [scrapling(), scrapling()] });
  derive(cluster);
  expect(problemsOf(cluster)).toEqual([{ message: '"scrapling" is listed twice', help: 'Remove one.' }]);
  expect(rendered(cluster)['StatefulSet agent'].spec.template.spec.initContainers).toHaveLength(1);
});

test("a changed token rolls the tool's pod as well as the agent's", () => {
  const checksums = (token: string) => {
    const directory = `${folder(secretFiles({ 'demo/agent-scrapling': { token } }))}/clusters/test`;
    const { cluster } = oneAgent({ runtime, tools: [scrapling({ place: 'pod' })] }, { directory });
    const objects = rendered(cluster);
    return ['StatefulSet agent', 'Deployment agent-scrapling'].map(
      (name) => objects[name].spec.template.metadata.annotations['chitin.dev/secrets-checksum'],
    );
  };
  const [before, after] = [checksums('AA=='), checksums('BB==')];
  expect(before.every((checksum) => /^[0-9a-f]{64}$/.test(checksum))).toBe(true);
  expect(before.map((checksum, index) => checksum === after[index])).toEqual([false, false]);
});
