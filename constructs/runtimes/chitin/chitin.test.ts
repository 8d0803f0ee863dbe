import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import type { Plan } from '../../agent/plan.ts';
import { images } from '../../images.ts';
import { chats, wiring } from '../testing/wirings.ts';
import { chitin } from './chitin.ts';
import type { ChitinConfig } from './config-types.ts';
import { grid, patches } from './testing/grid.ts';

const planOf = (name: string): Plan => {
  const [options, wired] = grid[name] ?? [];
  if (!options || !wired) throw new Error(`no ${name} in the grid`);
  return chitin(options).plan(wired);
};
const configOf = ({ files }: Plan): ChitinConfig => JSON.parse(files[0]?.text ?? '');
const folders = ({ containers }: Plan) => containers[0].secretFolders;
const secret = (folder: string, key: string) => ({ file: `/etc/chitin/secrets/${folder}/${key}` });
const folder = (name: string, ...keys: string[]) => ({
  secret: `claw-${name}`,
  keys,
  path: `/etc/chitin/secrets/${name}`,
});

test('the runtime names itself, its channels and the tools that it can use', () => {
  const { name, version, dialect, modelApis, toolKinds } = chitin();
  expect({ name, version, kinds: Object.keys(dialect), modelApis, toolKinds }).toEqual({
    name: 'chitin',
    version: '0.1.0',
    kinds: ['matrix', 'telegram', 'webhook'],
    modelApis: ['anthropic', 'google', 'openai'],
    toolKinds: ['mcp'],
  });
});

test('a minimal agent', () => {
  const plan = planOf('smallest');
  const { files, ...rest } = plan;
  const alive = { http: { path: '/healthz', port: 'status' } };
  expect(rest).toEqual({
    containers: [
      {
        name: 'agent',
        image: images.chitinRuntime,
        command: ['node', 'src/main.ts', 'agent'],
        env: { CHITIN_CONFIG: '/etc/chitin/config.json' },
        scratch: [{ path: '/tmp', size: Size.mebibytes(128) }],
        ports: [{ name: 'status', port: 9090 }],
        probes: { startup: alive, liveness: alive, readiness: { http: { path: '/readyz', port: 'status' } } },
        user: { uid: 65532, gid: 65532 },
        resources: {
          requests: { cpu: '50m', memory: Size.mebibytes(128) },
          limits: { memory: Size.mebibytes(256) },
        },
        secretFolders: [folder('anthropic', 'api-key')],
        apiToken: false,
      },
    ],
    state: [{ name: 'state', path: '/data', size: Size.gibibytes(1) }],
    workspace: '/data/workspace',
    skills: '/skills',
    seeder: {
      command: ['node', 'src/main.ts', 'seed'],
      resources: {
        requests: { cpu: '10m', memory: Size.mebibytes(64) },
        limits: { memory: Size.mebibytes(256) },
      },
    },
    podSecurity: { level: 'restricted' },
    shutdown: Duration.seconds(35),
    flows: [],
    findings: [],
    problems: [],
  });
  expect(files.map(({ path }) => path)).toEqual(['/etc/chitin/config.json']);
  expect(configOf(plan)).toEqual({
    agent: { name: 'claw' },
    state: '/data/state',
    workspace: '/data/workspace',
    models: {
      providers: { anthropic: { api: 'anthropic', apiKey: secret('anthropic', 'api-key') } },
      chain: [{ provider: 'anthropic', model: 'claude-sonnet-4-5' }],
    },
    tools: { files: {}, memory: {} },
    http: { port: 9090 },
    shutdownSeconds: 25,
  });
});

test('models: public providers by their own API, others as compatible ones, in the order of the route', () => {
  const plan = planOf('every provider');
  expect(configOf(plan).models).toEqual({
    providers: {
      litellm: {
        api: 'openai-compatible',
        apiKey: secret('litellm', 'api-key'),
        baseUrl: 'http://litellm.llm.svc.cluster.local:4000/v1',
      },
      anthropic: { api: 'anthropic', apiKey: secret('anthropic', 'api-key') },
      openai: { api: 'openai', apiKey: secret('openai', 'api-key') },
      'my-vllm': { api: 'openai-compatible', baseUrl: 'https://vllm.example.org/v1' },
    },
    chain: [
      { provider: 'litellm', model: 'qwen3', price: { input: 0.5, output: 2 } },
      { provider: 'anthropic', model: 'claude-sonnet-4-5' },
      { provider: 'openai', model: 'gpt-5' },
      { provider: 'my-vllm', model: 'qwen3' },
    ],
    retrySeconds: [1, 2],
    idleSeconds: 300,
  });
  expect(folders(plan)).toEqual(['litellm', 'anthropic', 'openai'].map((name) => folder(name, 'api-key')));
  expect(configOf(planOf('the other public provider')).models.providers).toEqual({
    google: { api: 'google', apiKey: secret('google', 'api-key') },
  });
});

test('channels: people by id, secrets as files, and a room for what webhooks bring', () => {
  const plan = planOf('every channel');
  const deliverTo = { channel: 'matrix', to: '!ops:example.org' };
  const auth = { kind: 'bearer', secret: secret('webhook', 'token') };
  expect(configOf(plan).channels).toEqual({
    telegram: { allow: ['1001', '1002'], token: secret('telegram', 'bot-token') },
    matrix: {
      homeserver: 'https://matrix.example.org',
      user: '@claw:example.org',
      allow: ['@anna:example.org', "@o'ben:example.org"],
      rooms: ['!ops:example.org', '!dev:example.org'],
      login: { password: secret('matrix', 'password') },
      recoveryKey: secret('matrix', 'recovery-key'),
    },
    webhook: {
      port: 8080,
      sources: {
        alerts: { format: 'alertmanager', auth, prompt: expect.stringMatching(/^Alertmanager reports/), deliverTo },
        media: { format: 'arr', auth, prompt: expect.stringMatching(/^A media manager reports/), deliverTo },
        builds: { format: 'generic', auth, prompt: 'Say which build failed.', deliverTo },
      },
    },
  });
  expect(folders(plan)).toEqual([
    folder('anthropic', 'api-key'),
    folder('telegram', 'bot-token'),
    folder('matrix', 'password', 'recovery-key'),
    folder('webhook', 'token'),
  ]);
  expect([plan.webhooks, plan.gatewayPort]).toEqual([{ port: 'webhook', path: '/hooks' }, undefined]);
  expect(plan.containers[0].ports).toEqual([
    { name: 'status', port: 9090 },
    { name: 'webhook', port: 8080 },
  ]);
  // The SDK of Matrix and its keys take more.
  expect(plan.containers[0].resources.limits.memory.toMebibytes()).toBe(384);
});

test('without Matrix, what webhooks bring goes to the first person on Telegram', () => {
  const sources = configOf(planOf('Telegram alone')).channels?.webhook?.sources ?? {};
  const addresses = Object.values(sources).map(({ deliverTo }) => deliverTo);
  expect(addresses).toEqual(Array(3).fill({ channel: 'telegram', to: '1001' }));
});

test('tools: MCP servers by the tools that are listed, and views of what the grants open', () => {
  const plan = planOf('tools');
  expect(configOf(plan).tools).toEqual({
    mcp: {
      scrapling: {
        url: 'http://claw-scrapling.claw.svc.cluster.local:8000/mcp',
        auth: { header: 'authorization', prefix: 'Bearer ', secret: secret('scrapling', 'token') },
        tools: { get: {} },
      },
      'draw-io': { url: 'http://127.0.0.1:8080/mcp', tools: { render: {} } },
      keyed: {
        url: 'https://tools.example.org/mcp',
        auth: { header: 'x-api-key', prefix: '', secret: secret('keyed', 'token') },
        tools: { render: {} },
      },
    },
    kubernetes: { namespaces: ['*'] },
  });
  expect(configOf(plan).skills).toBe('/skills');
  expect(plan.containers[0].apiToken).toBe(true);
  expect(plan.containers[0].resources.limits.memory.toMebibytes()).toBe(384);
  expect(configOf(planOf('views of namespaces')).tools?.kubernetes).toEqual({ namespaces: ['claw', 'db', 'web'] });
});

test('everything that may be said', () => {
  const plan = planOf('every option');
  const { models: _, channels: __, ...config } = configOf(plan);
  expect(config).toEqual({
    agent: { name: 'claw', instructions: 'Be brief.', concurrency: 4 },
    state: '/data/state',
    workspace: '/data/workspace',
    budget: { steps: 30, tokens: 100_000, seconds: 300, toolSeconds: 30, toolOutput: 10_000 },
    queue: { high: 100, low: 50, tries: 3, sendTries: 10, retentionDays: 7 },
    tools: {
      files: {},
      memory: {},
      proposePatch: {
        url: 'https://github.com/example/house.git',
        forge: 'github',
        paths: ['apps/'],
        base: 'production',
        maxFiles: 5,
        workflows: true,
        api: 'https://github.example.org/api/v3',
        token: secret('forge', 'token'),
      },
    },
    schedules: {
      morning: {
        cron: '0 7 * * 1-5',
        timeZone: 'Europe/Berlin',
        prompt: 'What is broken?',
        concurrency: 'Replace',
        deliverTo: { channel: 'telegram', to: '-1009' },
      },
      review: { cron: '0 18 * * *', prompt: 'Sum up the day.', deliverTo: { channel: 'telegram', to: '1002' } },
    },
    outbound: { hosts: ['grafana.example.org', '*.example.net'] },
    http: { port: 9090 },
    shutdownSeconds: 120,
    logLevel: 'debug',
  });
  expect(plan.shutdown.toSeconds()).toBe(130);
  expect(plan.containers[0].image.repository).toBe('registry.example.test/own');
  const host = (name: string) => ({
    direction: 'out',
    peer: { kind: 'host', name, addresses: 'public' },
    ports: [{ port: 443 }],
    because: 'pull requests of runtime chitin',
  });
  expect(plan.flows).toEqual([
    host('github.com'),
    host('github.example.org'),
    {
      direction: 'in',
      peer: { kind: 'pods', namespace: 'monitoring', labels: { app: 'prometheus' } },
      ports: [{ port: 9090 }],
      because: 'option scrapedBy',
    },
  ]);
});

test.each([
  [{ ...patches }, ['github.com:443', 'api.github.com:443']],
  [{ ...patches, url: 'https://github.example.org/a/b' }, ['github.example.org:443']],
  [{ ...patches, forge: 'agit', url: 'https://git.example.org:8443/a/b.git' }, ['git.example.org:8443']],
] as const)('the hosts that pull requests need: %j', (each, expected) => {
  const { flows } = chitin({ patches: each }).plan(wiring());
  expect(flows.map(({ peer, ports }) => `${'name' in peer ? peer.name : ''}:${ports[0]?.port}`)).toEqual(expected);
});

test('nothing in the grid is a mistake, and no secret is in the environment', () => {
  const plans = Object.values(grid).map(([options, wired]) => chitin(options).plan(wired));
  expect(plans.flatMap(({ problems }) => problems)).toEqual([]);
  expect(plans.map(({ containers }) => containers[0].env)).toEqual(
    plans.map(() => ({ CHITIN_CONFIG: '/etc/chitin/config.json' })),
  );
});

test('what a reviewer should know', () => {
  expect(chitin().plan(wiring({ channels: [chats.matrix] })).findings).toEqual([]);
  expect(planOf('every option').findings).toEqual([
    {
      rule: 'channel-any-place',
      message: 'runtime chitin: channel telegram answers the people whom it obeys wherever they write',
      why: 'The program knows a list of people and none of places, and everybody in a group reads its answers.',
      help: 'Keep the bot out of other groups and channels at the service, or accept it with the reason.',
    },
    {
      rule: 'chitin-patches-workflows',
      message:
        'runtime chitin: pull requests for github.com/example/house.git may change files that the forge runs by itself',
      why: 'A workflow of a branch of the repository runs with its secrets when the branch is pushed, before anybody has looked at it.',
      help: 'Leave `workflows` out, or accept it with the reason.',
    },
  ]);
});
