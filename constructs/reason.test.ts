import { ApiObject, Chart, JsonPatch, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { Agent } from './agent/agent.ts';
import { AgentApp } from './agent/app.ts';
import { Cluster } from './cluster.ts';
import { credential } from './credentials/index.ts';
import { image } from './images.ts';
import { openAiCompatible } from './models/providers.ts';
import { route } from './models/route.ts';
import { kubernetesNetworkPolicies } from './network/kubernetes-network-policies.ts';
import { host, tailnet } from './network/peers.ts';
import { admissionPolicies } from './policy/index.ts';
import { type Reasons, reasonsOf } from './reason.ts';
import { custom } from './runtimes/custom.ts';
import { existing } from './secrets/existing-secrets.ts';
import { filesSeed } from './seeds/index.ts';
import { derive, model, oneAgent, plain, program } from './testing/cluster.ts';
import { scrapling } from './tools/scrapling.ts';

function objectsOf(root: Construct): ApiObject[] {
  derive(root);
  return root.node.findAll().filter((construct): construct is ApiObject => ApiObject.isApiObject(construct));
}

/** The reasons of `Kind name`. */
function reasonsIn(root: Construct, name: string): Reasons | undefined {
  const object = objectsOf(root).find((each) => `${each.kind} ${each.name}` === name);
  if (!object) throw new Error(`there is no ${name}`);
  return reasonsOf(object);
}

/** The parts of `Kind name` as text: `what: because`, with `(here)` where a line of this file asked. */
function partsIn(root: Construct, name: string): string[] {
  return (reasonsIn(root, name)?.parts ?? []).flatMap(({ what, because, source, details }) => [
    `${what}: ${because}${source?.file === import.meta.filename ? ' (here)' : ''}`,
    ...(details ?? []).map((detail) => `  ${detail}`),
  ]);
}

/** An agent with a part of every sort. */
function everything() {
  const keyed = openAiCompatible('hosted', { url: 'https://models.example.test/v1' });
  const runtime = custom({
    ...program,
    state: [{ name: 'state', path: '/state' }],
    workspace: '/state/work',
    skills: '/skills',
    shell: true,
    ports: [{ name: 'http', port: 8080 }],
    files: [{ path: '/etc/program/config', text: '' }],
    env: () => ({
      KEY: { need: { name: 'hosted', keys: { 'api-key': 'API key of hosted' } }, key: 'api-key' },
      OWN: { need: { name: 'own', keys: { token: 'token of its own' } }, key: 'token' },
    }),
  });
  const { cluster, agent, app } = oneAgent(
    {
      runtime,
      model: route('hosted/small', { providers: [keyed] }),
      tools: [scrapling({ place: 'pod' })],
      seed: filesSeed({ 'NOTES.md': '' }),
      credentials: [credential({ name: 'own', files: { token: 'token of its own' } })],
      storage: Size.gibibytes(3),
      env: { EXTRA: { secret: 'elsewhere', key: 'x' } },
      volumes: [{ volume: { name: 'cache', emptyDir: {} }, mountPath: '/cache' }],
      containers: [{ name: 'beside', image: 'registry.example.test/beside:1' }],
      priorityClassName: 'high',
    },
    {
      secrets: existing(),
      images: { pullSecrets: ['pull'] },
      gateway: { name: 'gate', namespace: 'gates', scheme: 'https', peers: [] },
    },
  );
  return { cluster, agent, app };
}

test('each container, volume and key of a pod has the part of the agent that asked for it', () => {
  const { cluster, agent } = everything();
  agent.grant({ name: 'one', scope: 'namespace', rules: [] }, { because: 'first' });
  agent.grant({ name: 'two', scope: 'cluster', rules: [] }, { because: 'second' });
  agent.statefulSet.addJsonPatch(
    JsonPatch.add('/spec/template/spec/hostname', 'desk'),
    JsonPatch.remove('/spec/replicas'),
  );
  expect(reasonsIn(cluster, 'StatefulSet agent')?.purpose).toBe('pod of agent agent');
  expect(partsIn(cluster, 'StatefulSet agent')).toEqual([
    'container seed: seed of the workspace',
    'container agent: runtime custom',
    'container beside: option containers',
    'volume state: state of runtime custom',
    'volume seed-script: seed of the workspace',
    'volume seed: seed of the workspace',
    'volume agent-tmp: runtime custom writes to /tmp',
    'volume agent-config: files of runtime custom',
    'volume credential-own: credential own',
    'volume api-token: grant one (here)',
    'volume api-token: grant two (here)',
    'volume cache: option volumes',
    'secret agent-hosted/api-key: model provider hosted',
    '  holds: API key of hosted',
    '  container agent reads it as KEY',
    // Two parts asked for one key.
    'secret agent-own/token: runtime custom',
    '  holds: token of its own',
    '  container agent reads it as OWN',
    '  container agent reads it from /var/run/secrets/chitin/own/token',
    'secret agent-own/token: credential own',
    'secret elsewhere/x: option env',
    '  container agent reads it as EXTRA',
    'pull secret pull: images of cluster test (here)',
    'env: option env',
    'priorityClassName: option priorityClassName',
    'add /spec/template/spec/hostname: addJsonPatch() (here)',
    'remove /spec/replicas: addJsonPatch() (here)',
  ]);
});

test('no container and no volume of a pod is left without a reason', () => {
  const { cluster } = everything();
  const pods = objectsOf(cluster).filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment');
  expect(pods).toHaveLength(2);
  for (const pod of pods) {
    const { containers, initContainers = [], volumes } = pod.toJson().spec.template.spec;
    const named = (sort: string, list: readonly { name: string }[]) => list.map(({ name }) => `${sort} ${name}`);
    const whats = reasonsOf(pod)?.parts.map(({ what }) => what) ?? [];
    expect(whats).toEqual(
      expect.arrayContaining([...named('container', [...initContainers, ...containers]), ...named('volume', volumes)]),
    );
  }
});

test('a tool with a pod of its own', () => {
  const { cluster } = everything();
  expect(reasonsIn(cluster, 'Deployment agent-scrapling')?.purpose).toBe('pod of tool scrapling of agent agent');
  expect(partsIn(cluster, 'Deployment agent-scrapling')).toEqual([
    'container scrapling: tool scrapling',
    'volume agent-scrapling: files of tool scrapling',
    'secret agent-scrapling/token: tool scrapling',
    '  holds: bearer token between agent and Scrapling: any long random text',
    '  container scrapling of agent-scrapling reads it as SCRAPLING_MCP_AUTH_TOKEN',
  ]);
  expect(partsIn(cluster, 'CiliumNetworkPolicy agent-scrapling')).toEqual([
    'out cluster DNS:53: names of the flows: *',
    'in demo/app.kubernetes.io/name=app,app.kubernetes.io/instance=agent:8000: tool of agent agent',
    'out the internet:443,80: tool scrapling fetches web pages',
  ]);
});

test('what a call asked for has the line of the call, once for each call', () => {
  const { cluster, agent } = oneAgent(
    { runtime: custom({ ...program, ports: [{ name: 'http', port: 8080 }] }) },
    {
      gateway: {
        name: 'gate',
        namespace: 'gates',
        scheme: 'https',
        peers: [{ kind: 'pods', namespace: 'gates', labels: { app: 'gate' } }],
      },
    },
  );
  agent.expose('agent');
  agent.reach(host('example.test'), { ports: [443, { port: 53, protocol: 'UDP' }], because: 'looks there' });
  const rules = [
    { apiGroups: ['', 'apps'], resources: ['pods', 'deployments'], verbs: ['get'], resourceNames: ['one'] },
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] },
  ];
  agent.grant({ name: 'look', scope: 'cluster', rules }, { because: 'looks at nodes' });
  agent.grant({ name: 'more', scope: 'namespace', rules: [] }, { because: 'does more' });
  expect(partsIn(cluster, 'CiliumNetworkPolicy agent').slice(2)).toEqual([
    'out example.test:443,53/UDP: looks there (here)',
    'out the API server:6443: grant look (here)',
    'out the API server:6443: grant more (here)',
    'in the gateway:8080: exposed as agent.example.test (here)',
  ]);
  const look = 'grant look: looks at nodes (here)';
  expect(partsIn(cluster, 'ClusterRole demo-agent-look')).toEqual([
    look,
    '  get pods, deployments (core, apps) named one',
    '  get,list nodes',
  ]);
  expect(partsIn(cluster, 'ClusterRoleBinding demo-agent-look')).toEqual([look]);
  expect(partsIn(cluster, 'RoleBinding agent-more')).toEqual(['grant more: does more (here)']);
  expect(partsIn(cluster, 'ServiceAccount agent')).toEqual([look, 'grant more: does more (here)']);
  expect(partsIn(cluster, 'HTTPRoute agent')).toEqual([
    'host agent.example.test: expose() (here)',
    'gateway gates/gate: gateway of cluster test (here)',
  ]);
});

test('a host says what it is enforced as where policies cannot name it', () => {
  const { cluster, agent } = oneAgent({}, { network: kubernetesNetworkPolicies() });
  agent.reach(host('example.test'), { ports: [443], because: 'looks there' });
  agent.reach(tailnet('*.lan', { cidrs: ['100.64.0.0/10'] }), { ports: [22], because: 'and there' });
  expect(partsIn(cluster, 'NetworkPolicy agent').slice(-4)).toEqual([
    'out example.test:443: looks there (here)',
    '  enforced as every public address',
    'out *.lan:22: and there (here)',
    '  enforced as 100.64.0.0/10',
  ]);
});

test('what the cluster makes names the apps that it is for', () => {
  const cluster = new Cluster('test', {
    ...plain,
    policies: admissionPolicies,
    apps: (root) => {
      for (const name of ['one', 'two']) {
        new Agent(new AgentApp(root, name, { namespace: 'shared' }), name, { runtime: custom(program), model });
      }
    },
  });
  const apps = ['one', 'two'].map((app) => `app ${app}: its objects are in namespace shared (here)`);
  expect(partsIn(cluster, 'Namespace shared')).toEqual(apps);
  expect(partsIn(cluster, 'NetworkPolicy default-deny')).toEqual(apps);
  expect(reasonsIn(cluster, 'Kustomization chitin-two')).toEqual({
    purpose: 'applies dist/test/two',
    parts: [
      { what: 'after chitin-cluster', because: 'namespaces and policies come first' },
      { what: 'Secret sops-age', because: 'option decryptWith of flux()' },
    ],
  });
});

test('every object has a reason, but those that an author makes as they stand', () => {
  const { cluster, app } = everything();
  new ApiObject(new Chart(app, 'own'), 'settings', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' } });
  const without = objectsOf(cluster).filter((object) => reasonsOf(object) === undefined);
  expect(without.map(({ name }) => name)).toEqual(['mine']);
});

test('claims of the StatefulSet itself, and of their own', () => {
  const runtime = custom({
    ...program,
    image: image('registry.example.test/p:1'),
    state: [{ name: 'data', path: '/data' }],
  });
  expect(partsIn(oneAgent({ runtime, volumeClaimTemplates: true }).cluster, 'StatefulSet agent')).toContain(
    'claim data: state of runtime custom, option volumeClaimTemplates',
  );
  const { cluster } = oneAgent({ runtime, storage: Size.gibibytes(3) });
  expect(partsIn(cluster, 'PersistentVolumeClaim agent-data')).toEqual([
    'volume data: state of runtime custom',
    '  mounted at /data',
    'size: option storage',
  ]);
});
