/**
 * The image of `runtime/` in a pod that `chitin()` describes. Needs KUBECONFIG, kubectl, and E2E_RUNTIME_IMAGE: a reference of
 * the image, as `npm run image` in runtime/ makes it, that the node can pull.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Agent,
  AgentApp,
  Cluster,
  chitin,
  existing,
  filesSeed,
  image,
  kubernetesNetworkPolicies,
  none,
  openAiCompatible,
  route,
} from '../constructs/index.ts';
import { plain, rendered } from '../constructs/testing/cluster.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';

const skip = missing({ kubeconfig: true, programs: ['kubectl'], env: ['E2E_RUNTIME_IMAGE'] });
announceSkip('the image of the agent runtime in a pod', skip);

const namespace = `chitin-runtime-${process.pid}`;
const models = `${namespace}-models`;
const reference = process.env.E2E_RUNTIME_IMAGE ?? '';
const labels = { app: 'model' };
const key = 'e2e-dummy-key';

function agentObjects(): ObjectRef[] {
  const cluster = new Cluster('live', {
    ...plain,
    gitops: none(),
    secrets: existing(),
    network: kubernetesNetworkPolicies(),
    apps: () => {},
  });
  const app = new AgentApp(cluster, 'app', { namespace });
  const service = { name: 'model', namespace: models, port: 80, containerPort: 8080, labels };
  new Agent(app, 'agent', {
    runtime: chitin({ image: image(reference) }),
    model: route('llm/scripted', { providers: [openAiCompatible('llm', { service })] }),
    seed: filesSeed({ 'AGENTS.md': 'Seeded words.\n' }),
  });
  return Object.values(rendered(cluster)) as ObjectRef[];
}

/** The stand-in for a model, in a pod of the agent's own image. */
function modelObjects(): ObjectRef[] {
  const script = readFileSync(join(import.meta.dirname, 'runtime-image-model.ts'), 'utf8');
  const inModels = { namespace: models };
  const objects: readonly object[] = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: models, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'model', ...inModels },
      data: { 'model.ts': script, key },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'model', ...inModels },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'model', ...inModels, labels },
      spec: {
        automountServiceAccountToken: false,
        containers: [
          {
            name: 'model',
            image: reference,
            command: ['node', '/model/model.ts', '/model/key'],
            readinessProbe: { httpGet: { path: '/asked', port: 8080 }, periodSeconds: 1 },
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              readOnlyRootFilesystem: true,
              runAsNonRoot: true,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            volumeMounts: [{ name: 'model', mountPath: '/model', readOnly: true }],
          },
        ],
        volumes: [{ name: 'model', configMap: { name: 'model' } }],
      },
    },
  ];
  return objects as ObjectRef[];
}

describe.skipIf(skip)('the image of the agent runtime in a pod', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  const made: ObjectRef[] = [];

  const kubectl = async (...args: string[]) => (await execa('kubectl', ['-n', namespace, ...args])).stdout;
  const inAgent = ['exec', 'agent-0', '-c', 'agent', '--'];
  /** A module's source, run by the agent's Node. */
  const node = (source: string) => kubectl(...inAgent, 'node', '--input-type=module', '--eval', source);
  const model = (path: string) =>
    kubectl(
      '-n',
      models,
      'exec',
      'model',
      '--',
      'node',
      '--eval',
      `fetch('http://127.0.0.1:8080${path}').then((a) => a.text()).then(console.log)`,
    );
  /** Talks as a person does: one line, and what comes back. */
  const chat = (line: string, reject = true) =>
    execa('kubectl', ['-n', namespace, 'exec', '-i', 'agent-0', '-c', 'agent', '--', 'node', 'src/main.ts', 'chat'], {
      input: `${line}\n`,
      reject,
    });
  const say = async (line: string) => (await chat(line)).stdout;
  const pod = async () => JSON.parse(await kubectl('get', 'pod', 'agent-0', '-o', 'json'));
  const ready = (other?: string) =>
    eventually(
      'agent-0 to be Ready',
      120,
      async () => {
        const { metadata, status } = await pod();
        const conditions: { type: string; status: string }[] = status.conditions ?? [];
        const is = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
        return is && metadata.uid !== other ? (metadata.uid as string) : undefined;
      },
      () => kubectl('describe', 'pod', 'agent-0'),
    );

  beforeAll(async () => {
    const secret = { name: 'agent-llm', namespace };
    const objects = [
      ...modelObjects(),
      ...agentObjects(),
      { apiVersion: 'v1', kind: 'Secret', metadata: secret, stringData: { 'api-key': key } },
    ];
    for (const object of objects.toSorted((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'))) {
      const answer = await api.apply(object, JSON.stringify(object), { dryRun: false });
      if (answer.status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
      made.push(object);
    }
    await kubectl('-n', models, 'wait', 'pod/model', '--for=condition=Ready', '--timeout=120s');
  });

  afterAll(async () => {
    for (const object of made.toReversed()) await api.delete(object);
  });

  test('under Pod Security restricted it becomes Ready, with a seeded workspace, and starts once', async () => {
    const { body } = await api.get({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    expect((body as ObjectRef & { metadata: { labels: object } }).metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    await ready();
    const { status } = await pod();
    expect(status.containerStatuses.map(({ restartCount }: { restartCount: number }) => restartCount)).toEqual([0]);
    expect(JSON.parse(await kubectl('logs', 'agent-0', '-c', 'seed'))).toEqual({
      seeded: '/data/workspace',
      written: 1,
      removed: 0,
      unchanged: 0,
    });
  });

  test('nobody but its user, no right of the kernel, no shell, and nothing to write but the volumes', async () => {
    const found = await node(`
      import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
      const write = (path) => { try { writeFileSync(path, ''); return 'written'; } catch ({ code }) { return code; } };
      const rights = /^CapBnd:\\s*(\\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1];
      const programs = process.env.PATH.split(':').flatMap((folder) => readdirSync(folder)).sort();
      console.log(JSON.stringify({ user: process.getuid(), rights, programs, shell: existsSync('/bin/sh'),
        app: write('/app/src/new.ts'), etc: write('/etc/chitin/new'), tmp: write('/tmp/new'), data: write('/data/new') }));`);
    expect(JSON.parse(found)).toEqual({
      user: 65532,
      rights: '0000000000000000',
      programs: ['git', 'node'],
      shell: false,
      app: 'EROFS',
      etc: 'EROFS',
      tmp: 'written',
      data: 'written',
    });
    await expect(kubectl(...inAgent, 'sh', '-c', 'true')).rejects.toThrow(/"sh": executable file not found/);
  });

  test('its bill of materials names every package that it holds, and no other', async () => {
    const found = await node(`
      import { globSync, readFileSync } from 'node:fs';
      const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
      const held = globSync('/app/node_modules/**/package.json')
        .filter((file) => /\\/node_modules\\/(@[^/]+\\/)?[^/]+\\/package.json$/.test(file))
        .map(read).map(({ name, version }) => name + '@' + version);
      console.log(JSON.stringify({ held, bom: read('/app/sbom.cdx.json'), node: process.versions.node }));`);
    const { held, bom, node: version } = JSON.parse(found);
    const refs: string[] = bom.components.map((component: { 'bom-ref': string }) => component['bom-ref']);
    expect(refs.filter((ref) => !ref.startsWith('pkg:'))).toEqual([...new Set<string>(held)].toSorted());
    expect(refs).toContain(`pkg:generic/node@${version}`);
    expect(refs.filter((ref) => /^pkg:deb\/debian\/(git|libc6|ca-certificates)@/.test(ref))).toHaveLength(3);
  });

  test('every package that the program may load is there', async () => {
    const loaded = await node(`
      import { readFileSync } from 'node:fs';
      const { dependencies } = JSON.parse(readFileSync('/app/package.json', 'utf8'));
      for (const name of Object.keys(dependencies)) await import(name);
      console.log('loaded');
      process.exit();`);
    expect(loaded).toBe('loaded');
  });

  test('its git speaks HTTP', async () => {
    const { stderr } = await execa(
      'kubectl',
      ['-n', namespace, ...inAgent, 'git', 'ls-remote', `http://model.${models}.svc.cluster.local/x.git`],
      { reject: false },
    );
    expect(stderr).toContain(`fatal: repository 'http://model.${models}.svc.cluster.local/x.git/' not found`);
  });

  test('it answers, and keeps what it is told to', async () => {
    expect(await say('Good morning')).toBe('You said: Good morning');
    expect(await say('Remember: the NAS is called barn')).toBe('Noted.');
  });

  test('when the pod is deleted, its memory and what was said are there again', async () => {
    const before = await ready();
    await kubectl('delete', 'pod', 'agent-0');
    await ready(before);
    expect(JSON.parse(await say('What do you know?'))).toEqual({
      notes: ['operator: the NAS is called barn'],
      said: ['Good morning', 'Remember: the NAS is called barn'],
      seeded: true,
    });
  });

  test('a message that is worked on when the pod is deleted is answered first, and once', async () => {
    const before = await ready();
    const log = execa('kubectl', ['-n', namespace, 'logs', '-f', 'agent-0', '-c', 'agent', '--since=1s'], {
      reject: false,
      lines: true,
    });
    const draining = new Promise<void>((resolve) => {
      log.stdout.on('data', (chunk) => String(chunk).includes('"draining"') && resolve());
    });
    const waiting = chat('Take your time', false);
    const asked = async () => JSON.parse(await model('/asked')) as string[];
    await eventually('the model to be asked', 60, async () => (await asked()).includes('Take your time') || undefined);
    await kubectl('delete', 'pod', 'agent-0', '--wait=false');
    await Promise.race([draining, log]);
    await model('/go');
    const messages = (await log).stdout.map((line) => JSON.parse(line).msg as string);
    await ready(before);
    expect(messages.slice(messages.indexOf('draining'))).toEqual(['draining', 'message handled', 'stopped']);
    const answers = `${(await waiting).stdout}\n${await say('What do you know?')}`.split('\n');
    expect(answers.filter((line) => line === 'Done at last.')).toHaveLength(1);
    expect((await asked()).filter((words) => words === 'Take your time')).toHaveLength(1);
  });
});
