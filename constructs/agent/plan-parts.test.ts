import { Size } from 'cdk8s';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { expect, test } from 'vitest';
import type { Grant } from '../access/grant.ts';
import { reasonsOf } from '../reason.ts';
import { custom } from '../runtimes/custom.ts';
import { existing } from '../secrets/existing-secrets.ts';
import { oneAgent, problemsOf, program, rendered } from '../testing/cluster.ts';
import type { Tool } from '../tools/tool.ts';
import type { ContainerPlan, Plan, Runtime, Wiring } from './plan.ts';

const container = (name: string, more: Partial<ContainerPlan> = {}): ContainerPlan => ({
  name,
  image: program.image,
  env: {},
  scratch: [],
  ports: [],
  probes: {},
  user: program.user,
  resources: { requests: { cpu: '10m', memory: Size.mebibytes(16) }, limits: { memory: Size.mebibytes(32) } },
  ...more,
});

/** The plan of a custom program, with changes. */
const runtime = (changes: (plan: Plan) => Partial<Plan>): Runtime<never> => {
  const base = custom(program);
  const plan = (wiring: Wiring) => ({ ...base.plan(wiring), ...changes(base.plan(wiring)) });
  return { ...base, name: 'parts', plan };
};

const podOf = (objects: ReturnType<typeof rendered>) =>
  (objects['StatefulSet agent'] as unknown as IStatefulSet).spec?.template.spec;

const state = [{ name: 'state', path: '/home/me', subPath: 'home', size: Size.gibibytes(1) }];

test('containers see the volumes that they name, and the program has its folder of the state volume', () => {
  const parts = runtime(({ containers: [first] }) => ({
    containers: [first, container('executor', { mounts: [{ volume: 'inbox', path: '/in' }] })],
    init: [container('prepare', { mounts: [{ volume: 'state', path: '/volume' }] })],
    shared: [{ name: 'inbox', size: Size.mebibytes(8), memory: true }],
    folders: [{ name: 'settings', files: { 'settings.json': '{}' } }],
    state,
  }));
  const withMounts = runtime((plan) => {
    const made = parts.plan({} as Wiring);
    const [first, ...others] = made.containers;
    return {
      ...plan,
      ...made,
      containers: [{ ...first, mounts: [{ volume: 'settings', path: '/etc/it' }] }, ...others],
    };
  });
  const objects = rendered(oneAgent({ runtime: withMounts }).cluster);
  const pod = podOf(objects);
  expect(pod?.initContainers?.map(({ name, volumeMounts }) => [name, volumeMounts])).toEqual([
    ['prepare', [{ name: 'state', mountPath: '/volume' }]],
  ]);
  expect(pod?.containers.map(({ name, volumeMounts }) => [name, volumeMounts])).toEqual([
    [
      'agent',
      [
        { name: 'state', mountPath: '/home/me', subPath: 'home' },
        { name: 'settings', mountPath: '/etc/it', readOnly: true },
        { name: 'agent-tmp', mountPath: '/tmp' },
      ],
    ],
    ['executor', [{ name: 'inbox', mountPath: '/in' }]],
  ]);
  expect(pod?.volumes).toEqual([
    { name: 'state', persistentVolumeClaim: { claimName: 'agent-state' } },
    { name: 'settings', configMap: { name: 'agent-settings' } },
    { name: 'agent-tmp', emptyDir: { sizeLimit: '64Mi' } },
    { name: 'inbox', emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } },
  ]);
  expect(objects['ConfigMap agent-settings']?.data).toEqual({ 'settings.json': '{}' });
});

test('a mount of a volume that is not there', () => {
  const wrong = runtime(() => ({ state, init: [container('prepare', { mounts: [{ volume: 'stat', path: '/v' }] })] }));
  expect(problemsOf(oneAgent({ runtime: wrong }).cluster)).toEqual([
    {
      message: 'runtime parts: container prepare mounts volume "stat", which the plan does not have',
      help: 'It has: state.',
    },
  ]);
});

test('the token of the grants is where it is asked for, else in the program', () => {
  const reading: Grant = {
    name: 'reading',
    scope: 'namespace',
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  };
  const tokens = (apiToken: boolean) => {
    const two = runtime(({ containers: [first] }) => ({ containers: [first, container('executor', { apiToken })] }));
    const { cluster, agent } = oneAgent({ runtime: two });
    agent.grant(reading, { because: 'looks' });
    return podOf(rendered(cluster))
      ?.containers.filter(({ volumeMounts }) => volumeMounts?.some(({ name }) => name === 'api-token'))
      .map(({ name }) => name);
  };
  expect(tokens(true)).toEqual(['executor']);
  expect(tokens(false)).toEqual(['agent']);
});

test('programs of a tool are put in place before the agent starts, and found by every container of the runtime', () => {
  const folder = '/opt/programs';
  const programs = { size: Size.mebibytes(128), init: [container('first'), container('second')] };
  const tool: Tool<'restricted'> = {
    name: 'programs',
    place: 'sidecar',
    podSecurity: 'restricted',
    replaces: [],
    tools: [],
    findings: [],
    plan: () => ({ programs, files: [], endpoint: { kind: 'programs', folder }, flows: [] }),
  };
  const two = runtime(({ containers: [first] }) => ({
    containers: [first, container('executor', { env: { PATH: '/app/bin' } })],
  }));
  const pod = podOf(rendered(oneAgent({ runtime: two, tools: [tool] }).cluster));
  const volume = 'tool-programs';
  const written = { name: volume, mountPath: folder };
  expect(pod?.initContainers?.map(({ name, volumeMounts }) => [name, volumeMounts])).toEqual([
    ['first', [written]],
    ['second', [written]],
  ]);
  expect(pod?.volumes).toContainEqual({ name: volume, emptyDir: { sizeLimit: '128Mi' } });
  const found = pod?.containers.map(({ env, volumeMounts }) => [
    env?.find(({ name }) => name === 'PATH')?.value,
    volumeMounts?.find(({ name }) => name === volume),
  ]);
  const mount = { name: volume, mountPath: folder, readOnly: true };
  expect(found).toEqual([
    [`${folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`, mount],
    [`${folder}:/app/bin`, mount],
  ]);
});

test('capabilities that a container keeps are the only ones', () => {
  const keeping = runtime(({ containers: [first] }) => ({ containers: [{ ...first, capabilities: ['CHOWN'] }] }));
  const pod = podOf(rendered(oneAgent({ runtime: keeping }).cluster));
  expect(pod?.containers[0]?.securityContext?.capabilities).toEqual({ add: ['CHOWN'], drop: ['ALL'] });
});

test('secrets as files: the keys that are named and no other, in the containers that name them, with their reasons', () => {
  const key = { secret: 'agent-keys', keys: ['signing', 'model'], path: '/run/keys' };
  const need = { name: 'keys', keys: { signing: 'key that signs', model: 'key of the model', spare: 'another one' } };
  const base = custom(program);
  const runtime: Runtime<never> = {
    ...base,
    name: 'parts',
    plan: (wiring) => {
      const plan = base.plan(wiring);
      for (const each of ['signing', 'model', 'spare']) wiring.secret(need, each);
      return {
        ...plan,
        containers: [{ ...plan.containers[0], secretFolders: [key] }, container('other')],
        init: [container('prepare', { secretFolders: [{ ...key, keys: ['signing'], path: '/run/early' }] })],
      };
    },
  };
  const { cluster, agent } = oneAgent({ runtime }, { secrets: existing() });
  const pod = podOf(rendered(cluster));
  expect(pod?.volumes?.filter(({ secret }) => secret)).toEqual([
    {
      name: 'secret-early',
      secret: { secretName: 'agent-keys', defaultMode: 0o440, items: [{ key: 'signing', path: 'signing' }] },
    },
    {
      name: 'secret-keys',
      secret: {
        secretName: 'agent-keys',
        defaultMode: 0o440,
        items: [
          { key: 'signing', path: 'signing' },
          { key: 'model', path: 'model' },
        ],
      },
    },
  ]);
  const mounts = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].map(({ name, volumeMounts = [] }) => [
    name,
    volumeMounts.filter((mount) => mount.name.startsWith('secret-')),
  ]);
  expect(mounts).toEqual([
    ['prepare', [{ name: 'secret-early', mountPath: '/run/early', readOnly: true }]],
    ['agent', [{ name: 'secret-keys', mountPath: '/run/keys', readOnly: true }]],
    ['other', []],
  ]);
  const { parts } = reasonsOf(agent.statefulSet) ?? { parts: [] };
  expect(parts.filter(({ what }) => what.startsWith('secret '))).toMatchObject([
    {
      what: 'secret agent-keys/signing',
      details: [
        'holds: key that signs',
        'container agent reads it from /run/keys/signing',
        'container prepare reads it from /run/early/signing',
      ],
    },
    {
      what: 'secret agent-keys/model',
      details: ['holds: key of the model', 'container agent reads it from /run/keys/model'],
    },
  ]);
});
