import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import type { Wiring } from '../agent/plan.ts';
import { Cluster } from '../cluster.ts';
import { model, plain, program } from '../testing/cluster.ts';
import { type CustomOptions, custom } from './custom.ts';

const wiring: Wiring = {
  agent: { name: 'agent', app: 'app', namespace: 'demo' },
  model,
  channels: [],
  tools: [],
  skills: [],
  seeded: false,
  credentialVariables: [],
  grants: [],
  callers: [],
  cluster: Cluster.of(new Cluster('test', { ...plain, apps: () => {} })),
  secret: (need, key) => ({ secret: `agent-${need.name}`, key }),
};

const plan = (options: Partial<CustomOptions> = {}) => custom({ ...program, ...options }).plan(wiring);

test('a program that asks for nothing gets a writable /tmp and modest resources', () => {
  expect(plan()).toEqual({
    containers: [
      {
        name: 'agent',
        image: program.image,
        env: {},
        scratch: [{ path: '/tmp', size: Size.mebibytes(64) }],
        ports: [],
        probes: {},
        user: { uid: 1000, gid: 1000 },
        resources: {
          requests: { cpu: '100m', memory: Size.mebibytes(256) },
          limits: { memory: Size.mebibytes(512) },
        },
      },
    ],
    files: [],
    state: [],
    podSecurity: { level: 'restricted' },
    shutdown: Duration.seconds(30),
    flows: [],
    findings: [],
    problems: [],
  });
});

test('it names itself, the version of its image, and no channel', () => {
  const { name, version, dialect } = custom(program);
  expect({ name, version, dialect }).toEqual({ name: 'custom', version: '1.0.0', dialect: {} });
});

test('secrets are asked for by name; values and files may depend on the wiring', () => {
  const token = { need: { name: 'service', keys: { token: 'token of the service' } }, key: 'token' };
  expect(plan({ env: { MODE: 'quiet', TOKEN: token } }).containers[0].env).toEqual({
    MODE: 'quiet',
    TOKEN: { secret: 'agent-service', key: 'token' },
  });
  const { containers, files } = plan({
    env: ({ agent, model }) => ({ MODEL: `${agent.name}:${model.primary.model}` }),
    files: ({ cluster }) => [{ path: '/etc/cluster', text: cluster.name }],
  });
  expect(containers[0].env).toEqual({ MODEL: 'agent:small' });
  expect(files).toEqual([{ path: '/etc/cluster', text: 'test' }]);
});

test('the first port is the one that a route leads to, unless another is named', () => {
  const ports = [
    { name: 'http', port: 8080 },
    { name: 'metrics', port: 9090 },
  ];
  expect(plan({ ports }).gatewayPort).toBe('http');
  expect(plan({ ports, gatewayPort: 'metrics' }).gatewayPort).toBe('metrics');
});

test('its image copies seeds when it has a shell', () => {
  expect(plan({ shell: true }).shell).toBe(program.image);
  expect(plan().shell).toBeUndefined();
});

test('root has to be said', () => {
  const root = { uid: 0, gid: 0 };
  expect(plan({ user: root }).problems).toEqual([
    {
      message: 'runtime custom: uid 0 under Pod Security level restricted',
      why: 'The API server refuses a pod that runs as root there.',
      help: 'Give another uid, or say `podSecurity` with the reason.',
    },
  ]);
  const podSecurity = { level: 'baseline', because: 'the image knows no other user' } as const;
  expect(plan({ user: root, podSecurity })).toMatchObject({ podSecurity, problems: [] });
});
