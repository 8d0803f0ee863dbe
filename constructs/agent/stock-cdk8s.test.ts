import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Chart, Testing } from 'cdk8s';
import { loadAll } from 'js-yaml';
import { expect, test, vi } from 'vitest';
import { readCluster } from '../access/index.ts';
import { Cluster } from '../cluster.ts';
import { credential } from '../credentials/index.ts';
import { custom } from '../runtimes/custom.ts';
import { model, oneAgent, plain, problemsOf, program } from '../testing/cluster.ts';
import { folder, secretFiles } from '../testing/folder.ts';
import { Agent } from './agent.ts';
import { AgentApp } from './app.ts';

/** Objects of a minimal agent, sorted. */
const ofAgent = [
  'StatefulSet agent',
  'ServiceAccount agent',
  'Service agent-headless',
  'PodDisruptionBudget agent',
  'CiliumNetworkPolicy agent',
].sort();
/** What a cluster adds. */
const ofCluster = [
  'Namespace demo',
  'NetworkPolicy default-deny',
  'GitRepository chitin',
  'Kustomization chitin-gitops',
  'Kustomization chitin-cluster',
  'Kustomization chitin-app',
];

/** `Kind name` of the objects in the files of a folder. */
function written(outdir: string): string[] {
  const objects = readdirSync(outdir)
    .sort()
    .flatMap(
      (file) => loadAll(readFileSync(join(outdir, file), 'utf8')) as { kind: string; metadata: { name: string } }[],
    );
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
}

test('stock cdk8s renders the derived objects of a cluster, each once, however often it is asked', () => {
  const outdir = join(folder({}), 'out');
  vi.stubEnv('CDK8S_OUTDIR', outdir);
  const { cluster } = oneAgent();
  vi.unstubAllEnvs();
  const all = [...ofAgent, ...ofCluster].sort();
  cluster.synth();
  expect(written(outdir)).toEqual(all);
  cluster.synth();
  expect(written(outdir)).toEqual(all);
});

test('a cdk8s App of another repository has agents too, and keeps its namespaces and GitOps objects', () => {
  const outdir = folder({});
  const app = new App({ outdir });
  Cluster.attach(app, 'elsewhere', plain);
  const chart = new Chart(app, 'app', { namespace: 'demo' });
  new Agent(chart, 'agent', { runtime: custom(program), model });
  expect(Cluster.of(chart).name).toBe('elsewhere');
  app.synth();
  expect(written(outdir)).toEqual(ofAgent);
  app.synth();
  expect(written(outdir)).toEqual(ofAgent);
});

test('a test of a single chart sees the derived objects, each once', () => {
  const app = Testing.app({ outdir: folder({}) });
  Cluster.attach(app, 'test', plain);
  const chart = new AgentApp(app, 'app', { namespace: 'demo' });
  new Agent(chart, 'agent', { runtime: custom(program), model });
  const names = () => Testing.synth(chart).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(names().toSorted()).toEqual(ofAgent);
  expect(names().toSorted()).toEqual(ofAgent);
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

test('problems fail stock cdk8s with our words, each time, and nothing is written', () => {
  const outdir = join(folder({}), 'out');
  mkdirSync(outdir);
  const app = new App({ outdir });
  Cluster.attach(app, 'test', plain);
  const chart = new AgentApp(app, 'app', { namespace: 'demo' });
  const credentials = [credential({ name: 'token', files: { token: 'token of the service' } })];
  const agent = new Agent(chart, 'agent', { runtime: custom(program), model, credentials });
  agent.grant(readCluster, { because: ' ' });
  // One from a call, one from the derivation.
  const text = `Validation failed with the following errors:
  [app/agent] constructs/agent/stock-cdk8s.test.ts:LINE  test/app/agent
  grant read-cluster: \`because\` is empty
  Say what the agent needs it for.
  [app/agent] constructs/agent/stock-cdk8s.test.ts:LINE  test/app/agent
  secret demo/agent-token: there is no clusters/test/secrets/demo/agent-token.yaml
  It needs token (token of the service).
  Give it its values: chitin secrets set test demo/agent-token token`;
  for (const synth of [() => app.synth(), () => app.synth(), () => Testing.synth(chart)]) {
    expect(messageOf(synth).replaceAll(/(\.test\.ts):\d+/g, '$1:LINE')).toBe(text);
  }
  expect(readdirSync(outdir)).toEqual([]);
});

test('a chart without a namespace is told', () => {
  const app = new App({ outdir: folder({}) });
  Cluster.attach(app, 'test', plain);
  new Agent(new Chart(app, 'app'), 'agent', { runtime: custom(program), model });
  expect(problemsOf(app)).toEqual([
    { message: 'the chart around the agent has no namespace', help: 'Give the chart a namespace.' },
  ]);
});

test('an attached app has no SOPS secrets: stock cdk8s writes anew what is signed as it stands', () => {
  const directory = `${folder(secretFiles({ 'demo/agent-token': { token: 'AA==' } }))}/clusters/test`;
  const app = Testing.app({ outdir: folder({}) });
  Cluster.attach(app, 'test', { ...plain, directory });
  const chart = new Chart(app, 'app', { namespace: 'demo' });
  const credentials = [credential({ name: 'token', files: { token: 'x' } })];
  new Agent(chart, 'agent', { runtime: custom(program), model, credentials });
  expect(problemsOf(app)).toEqual([
    {
      message: 'secret backend sops needs chitin synth',
      why: 'Its files are signed as they stand. Stock cdk8s writes them anew, and they could not be opened any more.',
      help: 'Make the agent below a Cluster, or give the attached app another backend.',
    },
  ]);
});
