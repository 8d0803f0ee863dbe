import { Chart, Size, Testing } from 'cdk8s';
import { expect, test } from 'vitest';
import { Agent } from '../agent/agent.ts';
import type { Runtime } from '../agent/plan.ts';
import { Cluster } from '../cluster.ts';
import { flux } from '../gitops/flux.ts';
import { image } from '../images.ts';
import { openAiCompatible } from '../models/providers.ts';
import { route } from '../models/route.ts';
import { cilium } from '../network/cilium.ts';
import { chitin } from '../runtimes/chitin/index.ts';
import { custom } from '../runtimes/custom.ts';
import { sops } from '../secrets/sops.ts';
import { oneAgent, rendered } from '../testing/cluster.ts';
import { filesSeed, imageSeed } from './index.ts';
import type { Seed } from './seed.ts';

const model = route('local/small', {
  providers: [
    openAiCompatible('local', {
      key: false,
      service: { name: 'llm', namespace: 'llm', port: 80, labels: { app: 'llm' } },
    }),
  ],
});

/** The parts of a pod that a seed is made of. */
function podWith(seed: Seed, kubernetes: '1.34' | '1.36') {
  const app = Testing.app();
  Cluster.attach(app, 'test', {
    kubernetes,
    domain: 'example.test',
    gitops: flux({ repository: { url: 'https://git.example.test/r.git' }, decryptWith: 'sops-age' }),
    secrets: sops({ recipients: ['age1nharyjf38cr7mvhj3c7d66krckxlgs8p3kcwgglpt545ql6mlu0shap3f4'] }),
    network: cilium(),
    images: { mirrors: { 'registry.example.test': 'mirror.example.test' } },
  });
  const chart = new Chart(app, 'app', { namespace: 'demo' });
  const runtime = custom({
    image: image('registry.example.test/program:1'),
    user: { uid: 1000, gid: 1000 },
    shell: true,
    state: [{ name: 'state', path: '/data', size: Size.gibibytes(1) }],
    workspace: '/data/workspace',
  });
  new Agent(chart, 'agent', { runtime, model, seed });
  const { spec } = Testing.synth(chart).find(({ kind }) => kind === 'StatefulSet').spec.template;
  const [{ name, image: reference, command, env, volumeMounts, securityContext }] = spec.initContainers;
  const variables = Object.fromEntries(env.map((each: { name: string; value: string }) => [each.name, each.value]));
  const volumes = spec.volumes.filter((volume: { name: string }) => volume.name.startsWith('seed'));
  return { name, image: reference, command, variables, volumeMounts, securityContext, volumes };
}

const common = {
  name: 'seed',
  command: ['/bin/sh', '/chitin/seed/copy.sh'],
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
};
const script = { name: 'seed-script', configMap: { name: 'agent-seed-script' } };
const mounts = [
  { name: 'state', mountPath: '/data' },
  { name: 'seed-script', mountPath: '/chitin/seed', readOnly: true },
];
const target = { SEED_TARGET: '/data/workspace', SEED_RECORD: '/data/.seed' };

test('an image is mounted where the cluster has image volumes', () => {
  expect(podWith(imageSeed(image('registry.example.test/seed:1')), '1.36')).toEqual({
    ...common,
    image: 'mirror.example.test/program:1',
    variables: { SEED_SOURCE: '/chitin/source/workspace', ...target, SEED_LINKS: 'refuse' },
    volumeMounts: [...mounts, { name: 'seed', mountPath: '/chitin/source', readOnly: true }],
    volumes: [script, { name: 'seed', image: { reference: 'mirror.example.test/seed:1', pullPolicy: 'IfNotPresent' } }],
  });
});

test('elsewhere a container of the image copies its own files', () => {
  expect(podWith(imageSeed(image('registry.example.test/seed:1'), { path: '/files' }), '1.34')).toEqual({
    ...common,
    image: 'mirror.example.test/seed:1',
    variables: { SEED_SOURCE: '/files', ...target, SEED_LINKS: 'refuse' },
    volumeMounts: mounts,
    volumes: [script],
  });
});

test('files come from a ConfigMap, whose volume is made of links', () => {
  expect(podWith(filesSeed({ 'AGENTS.md': 'x', 'docs/a.md': 'y' }), '1.34')).toEqual({
    ...common,
    image: 'mirror.example.test/program:1',
    variables: { SEED_SOURCE: '/chitin/source', ...target, SEED_LINKS: 'follow' },
    volumeMounts: [...mounts, { name: 'seed', mountPath: '/chitin/source', readOnly: true }],
    volumes: [
      script,
      {
        name: 'seed',
        configMap: {
          name: 'agent-seed',
          items: [
            { key: 'AGENTS.md', path: 'AGENTS.md' },
            { key: 'docs__a.md', path: 'docs/a.md' },
          ],
        },
      },
    ],
  });
});

test('a runtime with a copier of its own gets the seed and its configuration, and no script', () => {
  const seeded = (seed: Seed, kubernetes: '1.34' | '1.36') => {
    const { cluster } = oneAgent({ runtime: chitin() as unknown as Runtime<never>, seed }, { kubernetes });
    const objects = rendered(cluster);
    const { spec } = objects['StatefulSet agent'].spec.template;
    const [{ image: _, securityContext: __, ...init }] = spec.initContainers;
    const scripts = Object.keys(objects).filter((name) => name.endsWith('-seed-script'));
    return { init, scripts };
  };
  const own = {
    name: 'seed',
    env: [{ name: 'CHITIN_CONFIG', value: '/etc/chitin/config.json' }],
    resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    volumeMounts: [
      { name: 'state', mountPath: '/data' },
      { name: 'agent-config', mountPath: '/etc/chitin/config.json', subPath: 'config.json', readOnly: true },
      { name: 'seed', mountPath: '/chitin/source', readOnly: true },
    ],
  };
  const command = (source: string) => ['node', 'src/main.ts', 'seed', source];
  expect(seeded(filesSeed({ 'AGENTS.md': 'x' }), '1.34')).toEqual({
    init: { ...own, command: command('/chitin/source') },
    scripts: [],
  });
  expect(seeded(imageSeed(image('registry.example.test/seed:1')), '1.36')).toEqual({
    init: { ...own, command: command('/chitin/source/workspace') },
    scripts: [],
  });
  // Without image volumes a container of the image itself copies, and that has a shell alone.
  expect(seeded(imageSeed(image('registry.example.test/seed:1')), '1.34')).toMatchObject({
    init: { command: ['/bin/sh', '/chitin/seed/copy.sh'] },
    scripts: ['ConfigMap agent-seed-script'],
  });
});
