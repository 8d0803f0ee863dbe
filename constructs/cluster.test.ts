import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { Agent } from './agent/agent.ts';
import { AgentApp } from './agent/app.ts';
import { Cluster, type ClusterProps } from './cluster.ts';
import { existingObjects } from './existing.ts';
import { volumeKinds } from './policy/index.ts';
import { reportedBelow } from './problem.ts';
import { custom } from './runtimes/custom.ts';
import { derive, model, plain, problemsOf, program, rendered } from './testing/cluster.ts';
import { folder, secretFiles } from './testing/folder.ts';

const namespace = (name: string, level: string, version: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: {
      'chitin.dev/managed': 'true',
      'app.kubernetes.io/managed-by': 'chitin',
      'pod-security.kubernetes.io/enforce': level,
      'pod-security.kubernetes.io/enforce-version': version,
      'pod-security.kubernetes.io/audit': level,
      'pod-security.kubernetes.io/audit-version': version,
      'pod-security.kubernetes.io/warn': level,
      'pod-security.kubernetes.io/warn-version': version,
    },
    annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
  },
});

test('each namespace of the apps is made once, pinned to the minor of the cluster, with a default deny', () => {
  const cluster = new Cluster('test', {
    ...plain,
    kubernetes: '1.34',
    apps: (root) => {
      new AgentApp(root, 'one', { namespace: 'shared' });
      new AgentApp(root, 'two', { namespace: 'shared' });
      new AgentApp<'privileged'>(root, 'three', { namespace: 'devices', podSecurity: 'privileged' });
      new Chart(root, 'four', { namespace: 'plain' });
    },
  });
  expect(problemsOf(cluster)).toEqual([]);
  const owned = cluster.node.findChild('cluster') as Chart;
  const defaultDeny = (name: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: 'default-deny',
      namespace: name,
      labels: { 'app.kubernetes.io/managed-by': 'chitin' },
      annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
    },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  });
  expect(owned.toJson()).toEqual([
    namespace('shared', 'restricted', 'v1.34'),
    defaultDeny('shared'),
    namespace('devices', 'privileged', 'v1.34'),
    defaultDeny('devices'),
    namespace('plain', 'restricted', 'v1.34'),
    defaultDeny('plain'),
  ]);
});

test('the GitOps engine hears of each app that has objects, of what the cluster owns, and of their objects', () => {
  const heard: unknown[] = [];
  const gitops = {
    ...plain.gitops,
    objects: (...all: Parameters<typeof plain.gitops.objects>) => {
      heard.push(all);
      return plain.gitops.objects(...all);
    },
  };
  const cluster = new Cluster('test', {
    ...plain,
    gitops,
    apps: (root) => {
      new Agent(new Chart(root, 'app', { namespace: 'demo' }), 'agent', { runtime: custom(program), model });
      new AgentApp(root, 'empty', { namespace: 'demo' });
    },
  });
  derive(cluster);
  const own = (apiVersion: string, kind: string, name = 'agent') => ({ apiVersion, kind, name, namespace: 'demo' });
  expect(heard).toEqual([
    [
      'test',
      [
        {
          name: 'cluster',
          objects: [
            { apiVersion: 'v1', kind: 'Namespace', name: 'demo' },
            own('networking.k8s.io/v1', 'NetworkPolicy', 'default-deny'),
          ],
        },
        {
          name: 'app',
          objects: [
            own('apps/v1', 'StatefulSet'),
            own('v1', 'ServiceAccount'),
            own('v1', 'Service', 'agent-headless'),
            own('policy/v1', 'PodDisruptionBudget'),
            own('cilium.io/v2', 'CiliumNetworkPolicy'),
          ],
        },
      ],
    ],
  ]);
});

test('every policy of the library is made, unless the cluster says which', () => {
  const { policies: _, ...unsaid } = plain;
  const names = (props: ClusterProps) => {
    const cluster = new Cluster('test', { ...props, apps: () => {} });
    derive(cluster);
    const owned = cluster.node.findChild('cluster') as Chart;
    return owned.toJson().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  };
  const objects = (name: string) => [
    `ValidatingAdmissionPolicy chitin-${name}`,
    `ValidatingAdmissionPolicyBinding chitin-${name}`,
  ];
  expect(names(unsaid)).toEqual(
    [
      'read-only-root-filesystem',
      'versioned-images',
      'no-automounted-token',
      'stated-resources',
      'volume-kinds',
    ].flatMap(objects),
  );
  expect(names({ ...plain, policies: [volumeKinds()] })).toEqual(objects('volume-kinds'));
});

test('apps of one namespace agree on its Pod Security level', () => {
  const cluster = new Cluster('test', {
    ...plain,
    apps: (root) => {
      new AgentApp(root, 'one', { namespace: 'shared' });
      new AgentApp<'baseline'>(root, 'two', { namespace: 'shared', podSecurity: 'baseline' });
    },
  });
  expect(problemsOf(cluster)).toEqual([
    {
      message: 'namespace shared: apps ask for Pod Security levels restricted and baseline',
      why: 'A namespace has one level.',
      help: 'Give them one level, or put the apps into namespaces of their own.',
    },
  ]);
});

test('a namespace of the cluster itself is not fenced, and no place for an app', () => {
  const cluster = new Cluster('test', {
    ...plain,
    apps: (root) => new AgentApp(root, 'app', { namespace: 'kube-system' }),
  });
  expect(problemsOf(cluster)).toEqual([
    {
      message: 'namespace kube-system belongs to the cluster',
      why: 'The cluster folder would put a default deny and a Pod Security level on it.',
      help: 'Give the app a namespace of its own.',
    },
  ]);
  expect(cluster.node.findChild('cluster').node.children).toEqual([]);
});

test.each(['cluster', 'gitops'])('an app cannot be called %s', (name) => {
  const cluster = new Cluster('test', { ...plain, apps: () => {} });
  expect(() => new AgentApp(cluster, name, { namespace: 'demo' })).toThrow(
    `app name "${name}" is taken: dist/<cluster>/${name} holds what the cluster owns. Choose another name.`,
  );
  expect(cluster.node.children).toEqual([]);
});

test('ciphertext that nothing needs is told', () => {
  const files = folder(secretFiles({ 'demo/agent-old': { token: 'a' } }));
  const cluster = new Cluster('test', { ...plain, directory: `${files}/clusters/test`, apps: () => {} });
  expect(problemsOf(cluster)).toEqual([
    {
      message: 'clusters/test/secrets/demo/agent-old.yaml: no app needs this Secret',
      help: 'Remove the file, or correct its name.',
    },
  ]);
});

test('a construct knows its cluster', () => {
  const cluster = new Cluster('test', { ...plain, apps: () => {} });
  const deep = new Construct(new AgentApp(cluster, 'app', { namespace: 'demo' }), 'deep');
  const { name, kubernetes, domain, serviceDomain, dns, images, skills } = Cluster.of(deep);
  expect({ name, kubernetes, domain, serviceDomain, dns, images, skills }).toEqual({
    name: 'test',
    kubernetes: '1.36',
    domain: 'example.test',
    serviceDomain: 'cluster.local',
    dns: [{ kind: 'pods', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } }],
    images: {},
    skills: '/skills',
  });
  expect(Cluster.of(cluster)).toBe(Cluster.of(deep));
});

test('outside a cluster there are no facts, and the error says how to get some', () => {
  const app = new App({ outdir: '/nowhere' });
  expect(() => Cluster.of(new Construct(app, 'part'))).toThrow(
    /^part is in no cluster: make it below a Cluster, or call Cluster\.attach\(/,
  );
  expect(() => new AgentApp(app, 'app', { namespace: 'demo' })).toThrow('app is in no cluster');
});

test('paths are relative to the folder of the file that makes the cluster', () => {
  const { directory: _, ...props } = plain;
  const facts = Cluster.of(new Cluster('test', { ...props, apps: () => {} }));
  expect(facts.ciphertext.path('demo', 'agent-token')).toMatch(/\/constructs\/secrets\/demo\/agent-token\.yaml$/);
  expect(facts.skills).toBe(new URL('../../skills', import.meta.url).pathname);
});

test('what something else makes is declared on the cluster or in an app', () => {
  const cluster = new Cluster('test', {
    ...plain,
    existing: [{ kind: 'ClusterRole', name: 'view' }],
    apps: (root) => new AgentApp(root, 'app', { namespace: 'demo' }).existing('Secret', 'pull'),
  });
  expect(existingObjects(cluster)).toEqual([
    { kind: 'ClusterRole', name: 'view' },
    { kind: 'Secret', namespace: 'demo', name: 'pull' },
  ]);
});

test('an acceptance on the cluster or an app holds for all that is in it', () => {
  const made = (accept: (cluster: Cluster, app: AgentApp) => void) => {
    const cluster = new Cluster('test', { ...plain, apps: () => {} });
    const app = new AgentApp(cluster, 'app', { namespace: 'demo' });
    const agent = new Agent(app, 'agent', { runtime: custom(program), model });
    agent.reach({ kind: 'internet' }, { ports: [443], because: 'reads' });
    accept(cluster, app);
    rendered(cluster);
    const { findings, accepted } = reportedBelow(cluster);
    return { findings: findings.map(({ item }) => item.rule), accepted: accepted.map(({ item }) => item.because) };
  };
  expect(made(() => {})).toEqual({ findings: ['reaches-internet'], accepted: [] });
  const yes = { findings: [], accepted: ['it reads'] };
  expect(made((cluster) => cluster.accept('reaches-internet', { because: 'it reads' }))).toEqual(yes);
  expect(made((_, app) => app.accept('reaches-internet', { because: 'it reads' }))).toEqual(yes);
});
