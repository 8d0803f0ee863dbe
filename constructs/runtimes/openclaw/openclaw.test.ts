import { Size } from 'cdk8s';
import { expect, test } from 'vitest';
import type { ContainerPlan, Plan } from '../../agent/plan.ts';
import { telegram } from '../../channels/telegram.ts';
import { exposure, wiring } from '../testing/wirings.ts';
import { openClaw } from './openclaw.ts';
import type { PluginOptions } from './options.ts';
import {
  alertmanager,
  cases,
  clusterWith,
  everything,
  hook,
  type Rest,
  remoteChromium,
  versions,
} from './testing/cases.ts';

const planOf = (options: Rest = {}, changes: Parameters<typeof wiring>[0] = {}, version = versions[0]): Plan =>
  openClaw({ version, ...options } as PluginOptions).plan(wiring(changes));

const configOf = (plan: Plan) =>
  JSON.parse(plan.folders?.find(({ name }) => name === 'config')?.files['openclaw.json'] ?? '');

const container = (plan: Plan, name: string): ContainerPlan => {
  const found = [...(plan.init ?? []), ...plan.containers].find((each) => each.name === name);
  if (!found) throw new Error(`the plan has no container ${name}`);
  return found;
};

const names = (list: readonly { readonly name: string }[] | undefined) => (list ?? []).map(({ name }) => name);

/** A variable as OpenClaw replaces it. */
const variable = (name: string) => `\${${name}}`;

/** What both releases are told of an agent without anything. */
const common = {
  gateway: {
    mode: 'local',
    port: 18789,
    bind: 'lan',
    auth: { mode: 'token', token: variable('OPENCLAW_GATEWAY_TOKEN') },
    controlUi: { enabled: false },
    reload: { mode: 'off' },
    terminal: { enabled: false },
  },
  agents: {
    defaults: {
      workspace: '/home/node/.openclaw/workspace',
      model: { primary: 'anthropic/claude-sonnet-4-5', fallbacks: [] },
    },
  },
  tools: { deny: ['exec', 'process', 'code_execution'], exec: { mode: 'deny' } },
  discovery: { mdns: { mode: 'off' } },
  update: { checkOnStart: false },
  browser: { enabled: false },
};

test('the configuration of 2026.9.6, of an agent without anything', () => {
  expect(configOf(planOf())).toEqual({
    ...common,
    gateway: { ...common.gateway, nodes: { pairing: { sshVerify: false } } },
    models: { mode: 'merge', catalogRefresh: { enabled: false } },
  });
});

test('the configuration of 2026.7.1-2, of an agent without anything', () => {
  expect(configOf(planOf({}, {}, '2026.7.1-2'))).toEqual({
    ...common,
    models: { mode: 'merge', pricing: { enabled: false } },
  });
});

test('the configuration of 2026.9.6, with everything', () => {
  const { options } = cases['everything, at once'] ?? { options: {} };
  expect(configOf(openClaw({ version: '2026.9.6', ...options } as PluginOptions).plan(everything))).toEqual({
    ...common,
    gateway: {
      ...common.gateway,
      controlUi: { enabled: true, allowedOrigins: ['https://claw.example.org'] },
      publicOrigin: 'https://claw.example.org',
      trustedProxies: ['127.0.0.0/8', '::1/128'],
      nodes: { pairing: { sshVerify: false } },
    },
    agents: {
      defaults: {
        workspace: '/home/node/.openclaw/workspace',
        model: {
          primary: 'litellm/qwen3',
          fallbacks: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5', 'my-vllm/qwen3'],
        },
      },
    },
    models: {
      mode: 'merge',
      catalogRefresh: { enabled: false },
      providers: {
        litellm: {
          baseUrl: 'http://litellm.llm.svc.cluster.local:4000/v1',
          api: 'openai-completions',
          apiKey: variable('MODEL_KEY_LITELLM'),
          models: [{ id: 'qwen3', name: 'qwen3' }],
        },
        'my-vllm': {
          baseUrl: 'https://vllm.example.org/v1',
          api: 'openai-completions',
          apiKey: 'none',
          models: [{ id: 'qwen3', name: 'qwen3' }],
        },
      },
    },
    channels: {
      discord: {
        enabled: true,
        dmPolicy: 'allowlist',
        allowFrom: ['111111111111111111'],
        groupPolicy: 'allowlist',
        guilds: {
          '222222222222222222': {
            users: ['111111111111111111'],
            channels: { '333333333333333333': { enabled: true }, '444444444444444444': { enabled: true } },
          },
        },
        token: variable('CHANNEL_DISCORD_BOT_TOKEN'),
      },
      matrix: {
        enabled: true,
        homeserver: 'https://matrix.example.org',
        userId: '@claw:example.org',
        encryption: true,
        dm: { policy: 'allowlist', allowFrom: ['@anna:example.org', "@o'ben:example.org"] },
        groupPolicy: 'allowlist',
        groupAllowFrom: ['@anna:example.org', "@o'ben:example.org"],
        groups: {
          '!ops:example.org': { enabled: true, users: ['@anna:example.org', "@o'ben:example.org"] },
          '!dev:example.org': { enabled: true, users: ['@anna:example.org', "@o'ben:example.org"] },
        },
        autoJoin: 'allowlist',
        autoJoinAllowlist: ['!ops:example.org', '!dev:example.org'],
        password: variable('CHANNEL_MATRIX_PASSWORD'),
      },
      slack: {
        enabled: true,
        mode: 'socket',
        dmPolicy: 'allowlist',
        allowFrom: ['U01ANNA00', 'W01BEN000'],
        groupPolicy: 'allowlist',
        channels: { C01OPS000: { enabled: true, users: ['U01ANNA00', 'W01BEN000'] } },
        botToken: variable('CHANNEL_SLACK_BOT_TOKEN'),
        appToken: variable('CHANNEL_SLACK_APP_TOKEN'),
      },
      telegram: {
        enabled: true,
        dmPolicy: 'allowlist',
        allowFrom: ['1001', '1002'],
        groupPolicy: 'allowlist',
        groupAllowFrom: ['1001', '1002'],
        groups: { '-1009': { requireMention: true } },
        botToken: variable('CHANNEL_TELEGRAM_BOT_TOKEN'),
      },
      whatsapp: {
        enabled: true,
        dmPolicy: 'allowlist',
        allowFrom: ['+15550100001'],
        groupPolicy: 'allowlist',
        groupAllowFrom: ['+15550100001'],
        groups: { '120363041234567890@g.us': { requireMention: true } },
      },
    },
    plugins: {
      entries: {
        discord: { enabled: true },
        matrix: { enabled: true },
        slack: { enabled: true },
        whatsapp: { enabled: true },
      },
    },
    hooks: {
      enabled: true,
      token: variable('CHANNEL_WEBHOOK_TOKEN'),
      path: '/hooks',
      allowRequestSessionKey: false,
      mappings: [
        mapping('alerts', 'Alertmanager, {{status}}: {{alerts}}'),
        mapping('sonarr', '{{instanceName}}, {{eventType}}: {{.}}'),
        mapping('builds', '{{.}}'),
      ],
    },
    mcp: {
      servers: {
        scrapling: {
          url: 'http://claw-scrapling.claw.svc.cluster.local:8000/mcp',
          transport: 'streamable-http',
          headers: { Authorization: `Bearer ${variable('MCP_TOKEN_SCRAPLING')}` },
        },
        'draw-io': { url: 'http://127.0.0.1:8080/mcp', transport: 'streamable-http' },
      },
    },
    skills: { load: { extraDirs: ['/opt/openclaw/skills'], watch: false } },
    tools: {
      deny: ['web_fetch', 'web_search', 'x_search'],
      web: { fetch: { enabled: false }, search: { enabled: false } },
      exec: { host: 'node', node: 'executor' },
    },
    browser: {
      enabled: true,
      defaultProfile: 'chromium',
      profiles: { chromium: { cdpUrl: 'http://127.0.0.1:9222', attachOnly: true } },
    },
  });
});

function mapping(name: string, messageTemplate: string) {
  const to = { deliver: true, channel: 'telegram', to: '1001' };
  return { id: name, match: { path: name }, action: 'agent', name, messageTemplate, ...to };
}

test('without groups, nobody is answered in one', () => {
  const { channels } = configOf(planOf({}, { channels: [telegram({ people: [1001] })] }));
  expect(channels.telegram).toEqual({
    enabled: true,
    dmPolicy: 'allowlist',
    allowFrom: ['1001'],
    groupPolicy: 'disabled',
    botToken: variable('CHANNEL_TELEGRAM_BOT_TOKEN'),
  });
});

test('2026.7.1-2 wants a colour for a browser, and knows no public origin', () => {
  const { browser, gateway } = configOf(planOf({}, { tools: [remoteChromium], exposure }, '2026.7.1-2'));
  expect(browser).toEqual({
    enabled: true,
    defaultProfile: 'chromium',
    profiles: {
      chromium: { cdpUrl: 'http://claw-chromium.claw.svc.cluster.local:9222', attachOnly: true, color: '#00AA00' },
    },
    ssrfPolicy: { allowedHostnames: ['claw-chromium.claw.svc.cluster.local'] },
  });
  expect(gateway).toEqual({
    ...common.gateway,
    controlUi: { enabled: true, allowedOrigins: ['https://claw.example.org'] },
    trustedProxies: ['127.0.0.0/8', '::1/128'],
  });
});

test("the author's keys win, object by object", () => {
  const extra = { agents: { defaults: { model: { fallbacks: ['x/y'] } } }, logging: { level: 'debug' } };
  const { agents, logging } = configOf(planOf({ extra }));
  expect(agents.defaults).toEqual({
    workspace: '/home/node/.openclaw/workspace',
    model: { primary: 'anthropic/claude-sonnet-4-5', fallbacks: ['x/y'] },
  });
  expect(logging).toEqual({ level: 'debug' });
});

test('the container of OpenClaw', () => {
  const alive = { http: { path: '/healthz', port: 'gateway' } };
  expect(planOf().containers).toEqual([
    {
      name: 'agent',
      image: { repository: 'ghcr.io/openclaw/openclaw', tag: '2026.9.6' },
      args: ['openclaw', 'gateway', 'run'],
      env: {
        HOME: '/home/node',
        OPENCLAW_DISABLE_BONJOUR: '1',
        OPENCLAW_NO_AUTO_UPDATE: '1',
        OPENCLAW_STATE_DIR: '/home/node/.openclaw',
        OPENCLAW_CONFIG_PATH: '/etc/openclaw/openclaw.json',
        OPENCLAW_CONFIG_READONLY: '1',
        NODE_OPTIONS: '--max-old-space-size=2304',
        OPENCLAW_GATEWAY_TOKEN: { secret: 'claw-gateway', key: 'token' },
        ANTHROPIC_API_KEY: { secret: 'claw-anthropic', key: 'api-key' },
      },
      scratch: [
        { path: '/tmp', size: Size.mebibytes(512) },
        { path: '/home/node/.cache', size: Size.mebibytes(512) },
        { path: '/home/node/.config', size: Size.mebibytes(16) },
        { path: '/home/node/.local', size: Size.mebibytes(64) },
        { path: '/home/node/.npm', size: Size.mebibytes(512) },
      ],
      ports: [{ name: 'gateway', port: 18789 }],
      probes: {
        startup: { http: { path: '/startupz', port: 'gateway' } },
        startupSeconds: 300,
        liveness: alive,
        readiness: alive,
      },
      user: { uid: 1000, gid: 1000 },
      resources: {
        requests: { cpu: '250m', memory: Size.gibibytes(1) },
        limits: { memory: Size.gibibytes(3) },
      },
      mounts: [{ volume: 'config', path: '/etc/openclaw' }],
    },
  ]);
});

test('2026.7.1-2 has no /startupz, and another way to be immutable', () => {
  const [{ image, env, probes }] = planOf({}, {}, '2026.7.1-2').containers;
  expect(image.tag).toBe('2026.7.1-2');
  expect(probes.startup).toEqual({ http: { path: '/healthz', port: 'gateway' } });
  expect(env).toHaveProperty('OPENCLAW_NIX_MODE', '1');
  expect(env).not.toHaveProperty('OPENCLAW_CONFIG_READONLY');
});

test('the rest of the plan', () => {
  const plan = planOf();
  expect({ ...plan, containers: [], folders: [], init: [] }).toEqual({
    containers: [],
    folders: [],
    init: [],
    files: [],
    state: [{ name: 'state', path: '/home/node/.openclaw', subPath: 'home', size: Size.gibibytes(10) }],
    workspace: '/home/node/.openclaw/workspace',
    skills: '/opt/openclaw/skills',
    shell: { repository: 'ghcr.io/openclaw/openclaw', tag: '2026.9.6' },
    podSecurity: { level: 'restricted' },
    shutdown: plan.shutdown,
    gatewayPort: 'gateway',
    openRequests: true,
    webhooks: undefined,
    flows: [],
    findings: [],
    problems: [],
  });
  expect(plan.shutdown.toSeconds()).toBe(340);
  expect(names(plan.init)).toEqual(['openclaw-folders']);
  expect(container(plan, 'openclaw-folders')).toMatchObject({
    command: ['node', '/opt/chitin/openclaw/folders.mjs', '/mnt/state/home'],
    user: { uid: 1000, gid: 1000 },
    mounts: [
      { volume: 'state', path: '/mnt/state' },
      { volume: 'scripts', path: '/opt/chitin/openclaw' },
    ],
  });
});

test('the executor has the token of the gateway and of the API server, and no other key', () => {
  const plan = planOf({ exec: 'executor' });
  expect(container(plan, 'executor')).toMatchObject({
    args: [
      ...['openclaw', 'node', 'run', '--host', '127.0.0.1', '--port', '18789', '--display-name', 'executor'],
      ...['--commands', 'system.run,system.run.prepare,system.which'],
    ],
    env: {
      HOME: '/home/node',
      OPENCLAW_DISABLE_BONJOUR: '1',
      OPENCLAW_NO_AUTO_UPDATE: '1',
      OPENCLAW_STATE_DIR: '/home/node/.openclaw',
      OPENCLAW_CONFIG_PATH: '/etc/openclaw/openclaw.json',
      OPENCLAW_CONFIG_READONLY: '1',
      OPENCLAW_GATEWAY_TOKEN: { secret: 'claw-gateway', key: 'token' },
    },
    mounts: [
      { volume: 'state', path: '/home/node/.openclaw', subPath: 'executor' },
      { volume: 'state', path: '/home/node/.openclaw/workspace', subPath: 'home/workspace' },
      { volume: 'executor-config', path: '/etc/openclaw' },
    ],
    apiToken: true,
    runsCommands: true,
  });
  expect(plan.containers[0].apiToken).toBeUndefined();
  expect(container(plan, 'openclaw-folders').command?.slice(2)).toEqual([
    '/mnt/state/home',
    '/mnt/state/executor',
    '/mnt/state/executor/workspace',
    '/mnt/state/home/workspace',
  ]);
  expect(configOf(plan).tools).toEqual({ exec: { host: 'node', node: 'executor' } });
  const legacy = planOf({ exec: 'executor' }, {}, '2026.7.1-2');
  expect(container(legacy, 'executor').args).not.toContain('--commands');
});

test.each(versions)('the executor of %s runs what it is asked to, and offers nothing else', (version) => {
  const { folders } = planOf({ exec: 'executor' }, {}, version);
  const files = folders?.find(({ name }) => name === 'executor-config')?.files ?? {};
  expect(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, JSON.parse(text)]))).toEqual({
    'openclaw.json': {
      gateway: { mode: 'local' },
      browser: { enabled: false },
      nodeHost: { browserProxy: { enabled: false } },
      tools: { exec: { mode: 'full' } },
      update: { checkOnStart: false },
    },
  });
});

test('commands in the container of OpenClaw', () => {
  const plan = planOf({ exec: 'gateway' });
  expect(names(plan.containers)).toEqual(['agent']);
  expect(configOf(plan).tools).toEqual({ exec: { host: 'gateway' } });
});

test.each(['seed', 'merge', 'overwrite'] as const)('configMode %s: OpenClaw owns the file', (configMode) => {
  const plan = planOf({ configMode });
  const [{ env, mounts }] = plan.containers;
  expect(env.OPENCLAW_CONFIG_PATH).toBe('/home/node/.openclaw/openclaw.json');
  expect(env).not.toHaveProperty('OPENCLAW_CONFIG_READONLY');
  expect(mounts).toEqual([]);
  expect(configOf(plan).gateway.reload).toEqual({ mode: 'hybrid' });
  const script = '/opt/chitin/openclaw/config.mjs';
  expect(container(plan, 'openclaw-config')).toMatchObject({
    command: ['node', script, configMode, '/etc/openclaw/openclaw.json', '/home/node/.openclaw/openclaw.json'],
    mounts: [
      { volume: 'state', path: '/home/node/.openclaw', subPath: 'home' },
      { volume: 'scripts', path: '/opt/chitin/openclaw' },
      { volume: 'config', path: '/etc/openclaw' },
    ],
  });
  expect(names(plan.init)).toEqual(['openclaw-folders', 'openclaw-config']);
});

test('plugins of channels: who installs them, and from where', () => {
  const { channels } = everything;
  const init = planOf({ plugins: 'init' }, { channels });
  expect(container(init, 'openclaw-plugins').command).toEqual([
    'node',
    '/opt/chitin/openclaw/plugins.mjs',
    '/home/node/.openclaw/installed-plugins',
    '@openclaw/discord@2026.9.6',
    '@openclaw/matrix@2026.9.6',
    '@openclaw/slack@2026.9.6',
    '@openclaw/whatsapp@2026.9.6',
  ]);
  const hosts = (plan: Plan) => plan.flows.map(({ peer }) => (peer.kind === 'host' ? peer.name : peer.kind));
  const matrix = ['github.com', 'objects.githubusercontent.com', 'release-assets.githubusercontent.com'];
  expect(hosts(init)).toEqual(['registry.npmjs.org', ...matrix]);
  const egress = planOf({ plugins: 'egress' }, { channels });
  expect(hosts(egress)).toEqual(['registry.npmjs.org', ...matrix]);
  const baked = planOf({ plugins: 'baked' }, { channels });
  expect(hosts(baked)).toEqual([]);
  for (const plan of [egress, baked]) expect(names(plan.init)).toEqual(['openclaw-folders']);
});

test('behind a gateway whose addresses are not known, a forwarder', () => {
  const plan = planOf({}, { exposure });
  expect(names(plan.containers)).toEqual(['agent', 'forwarder']);
  expect(container(plan, 'forwarder')).toMatchObject({
    args: ['node', '/opt/chitin/openclaw/forwarder.mjs', '18790', '18789'],
    env: {},
    ports: [{ name: 'forwarder', port: 18790 }],
    mounts: [{ volume: 'scripts', path: '/opt/chitin/openclaw' }],
  });
  expect(plan.gatewayPort).toBe('forwarder');
});

test('behind a gateway with addresses, OpenClaw trusts them, and every probe asks where nobody is refused', () => {
  const plan = planOf({}, { exposure, cluster: clusterWith(['10.42.7.0/28']) });
  const alive = { http: { path: '/healthz', port: 'gateway' } };
  expect(names(plan.containers)).toEqual(['agent']);
  expect(configOf(plan).gateway.trustedProxies).toEqual(['10.42.7.0/28']);
  expect(plan.containers[0].probes).toMatchObject({ startup: alive, liveness: alive, readiness: alive });
  expect(plan.gatewayPort).toBe('gateway');
});

test('callers from inside bring the forwarder back', () => {
  const called = { channels: [hook], callers: [alertmanager] };
  const plan = planOf({}, { exposure, cluster: clusterWith(['10.42.7.0/28']), ...called });
  expect(plan.problems).toEqual([]);
  expect(configOf(plan).gateway.trustedProxies).toEqual(['127.0.0.0/8', '::1/128']);
  expect(plan.webhooks).toEqual({ port: 'gateway', path: '/hooks' });
  expect(plan.gatewayPort).toBe('forwarder');
});

test('ready with all channels, asked from loopback', () => {
  const [{ probes }] = planOf({ readiness: 'channels' }).containers;
  expect(probes.readiness).toEqual({
    exec: [
      'node',
      '-e',
      "fetch('http://127.0.0.1:18789/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))",
    ],
  });
});

test.each([
  [{ memory: Size.gibibytes(4) }, undefined, '--max-old-space-size=3072'],
  [{}, { limits: { memory: '2Gi' } }, '--max-old-space-size=1536'],
  [{ memory: Size.gibibytes(4) }, { limits: { memory: '2000M' } }, '--max-old-space-size=1430'],
  [{}, { limits: { memory: 2147483648 } }, '--max-old-space-size=1536'],
  [{}, { requests: { cpu: '1' } }, undefined],
  [{}, { limits: { memory: 'much' } }, undefined],
])('three quarters of the memory are heap: %j %j', (options, resources, expected) => {
  expect(planOf(options, { resources }).containers[0].env.NODE_OPTIONS).toBe(expected);
});

test('the images are those of the releases', () => {
  for (const version of versions) expect(planOf({}, {}, version).containers[0].image.tag).toBe(version);
});

test.each(Object.entries(cases))('no problem: %s', (_, { options, wiring: given }) => {
  for (const version of versions) {
    expect(openClaw({ version, ...options } as PluginOptions).plan(given).problems).toEqual([]);
  }
});

test('no secret is in a plan but by reference', () => {
  const plan = openClaw({ version: '2026.9.6', exec: 'executor', plugins: 'init' }).plan(everything);
  const secrets = Object.entries(plan.containers[0].env).filter(([, value]) => typeof value !== 'string');
  const variables = [...JSON.stringify(configOf(plan)).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
  expect(secrets.map(([name]) => name).sort()).toEqual(
    [...new Set([...variables, 'ANTHROPIC_API_KEY', 'MATRIX_RECOVERY_KEY', 'OPENAI_API_KEY'])].sort(),
  );
});
