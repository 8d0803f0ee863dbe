import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import type { Plan } from '../../agent/plan.ts';
import { image, images } from '../../images.ts';
import type { PlacedTool } from '../../tools/tool.ts';
import { chats, debugging, diagrams, exposure, gemini, models, web, wiring } from '../testing/wirings.ts';
import { picoClaw } from './picoclaw.ts';

const configOf = ({ folders }: Plan) => JSON.parse(folders?.[0]?.files['config.json'] ?? '');
const quiet = {
  exec: { enabled: false },
  cron: { allow_command: false },
  find_skills: { enabled: false },
  install_skill: { enabled: false },
};

test('the runtime names itself and its channels', () => {
  const { name, version, dialect } = picoClaw();
  expect({ name, version, kinds: Object.keys(dialect) }).toEqual({
    name: 'picoclaw',
    version: '0.2.9',
    kinds: ['discord', 'slack', 'telegram'],
  });
});

test('a minimal agent', () => {
  const plan = picoClaw().plan(wiring());
  const { init, folders, shared, ...rest } = plan;
  const alive = { http: { path: '/health', port: 'gateway' } };
  expect(rest).toEqual({
    containers: [
      {
        name: 'agent',
        image: images.picoClaw,
        command: ['picoclaw', 'gateway'],
        env: {
          HOME: '/tmp',
          PICOCLAW_HOME: '/var/lib/picoclaw',
          PICOCLAW_CONFIG: '/etc/picoclaw/config.json',
          PICOCLAW_BUILTIN_SKILLS: '/opt/skills',
        },
        scratch: [{ path: '/tmp', size: Size.mebibytes(256) }],
        ports: [{ name: 'gateway', port: 18790 }],
        probes: { startup: alive, liveness: alive, readiness: { http: { path: '/ready', port: 'gateway' } } },
        user: { uid: 65534, gid: 65534 },
        resources: {
          requests: { cpu: '50m', memory: Size.mebibytes(64) },
          limits: { memory: Size.mebibytes(256) },
        },
        mounts: [{ volume: 'rendered', path: '/etc/picoclaw/config.json', subPath: 'config.json', readOnly: true }],
      },
    ],
    files: [],
    state: [
      { name: 'state', path: '/var/lib/picoclaw', size: Size.gibibytes(1) },
      { name: 'workspace', path: '/workspace', size: Size.gibibytes(2) },
    ],
    workspace: '/workspace',
    skills: '/opt/skills',
    shell: images.picoClaw,
    podSecurity: { level: 'restricted' },
    shutdown: Duration.seconds(30),
    gatewayPort: 'gateway',
    flows: [],
    findings: [],
    problems: [],
  });
  expect(configOf(plan)).toEqual({
    version: 3,
    agents: { defaults: { workspace: '/workspace', restrict_to_workspace: true, model_name: 'primary' } },
    model_list: [
      {
        model_name: 'primary',
        provider: 'anthropic-messages',
        model: 'claude-sonnet-4-5',
        api_keys: ['@@MODEL_KEY_ANTHROPIC@@'],
        enabled: true,
      },
    ],
    channel_list: {},
    gateway: { host: '*', port: 18790, log_level: 'info' },
    tools: quiet,
  });
  expect(init?.map(({ env, user }) => ({ env, user }))).toEqual([
    {
      env: { LC_ALL: 'C', MODEL_KEY_ANTHROPIC: { secret: 'claw-anthropic', key: 'api-key' } },
      user: { uid: 65534, gid: 65534 },
    },
  ]);
  expect([folders?.map(({ name }) => name), shared?.map(({ name }) => name)]).toEqual([['template'], ['rendered']]);
});

test('everything at once', () => {
  const plan = picoClaw().plan(
    wiring({
      model: models,
      channels: [chats.telegram, chats.slack, chats.discord],
      tools: [web, diagrams],
      skills: [debugging],
      exposure,
    }),
  );
  expect(configOf(plan)).toEqual({
    version: 3,
    agents: {
      defaults: {
        workspace: '/workspace',
        restrict_to_workspace: true,
        model_name: 'primary',
        model_fallbacks: ['fallback-1', 'fallback-2', 'fallback-3'],
      },
    },
    model_list: [
      {
        model_name: 'primary',
        provider: 'openai',
        model: 'qwen3',
        api_base: 'http://litellm.llm.svc.cluster.local:4000/v1',
        api_keys: ['@@MODEL_KEY_LITELLM@@'],
        enabled: true,
      },
      {
        model_name: 'fallback-1',
        provider: 'anthropic-messages',
        model: 'claude-sonnet-4-5',
        api_keys: ['@@MODEL_KEY_ANTHROPIC@@'],
        enabled: true,
      },
      {
        model_name: 'fallback-2',
        provider: 'openai',
        model: 'gpt-5',
        api_keys: ['@@MODEL_KEY_OPENAI@@'],
        enabled: true,
      },
      {
        model_name: 'fallback-3',
        provider: 'openai',
        model: 'qwen3',
        api_base: 'https://vllm.example.org/v1',
        enabled: true,
      },
    ],
    channel_list: {
      telegram: {
        enabled: true,
        type: 'telegram',
        allow_from: ['1001', '1002'],
        settings: { token: '@@CHANNEL_TELEGRAM_TOKEN@@' },
      },
      slack: {
        enabled: true,
        type: 'slack',
        allow_from: ['U01ANNA00', 'W01BEN000'],
        settings: { bot_token: '@@CHANNEL_SLACK_BOT_TOKEN@@', app_token: '@@CHANNEL_SLACK_APP_TOKEN@@' },
      },
      discord: {
        enabled: true,
        type: 'discord',
        allow_from: ['111111111111111111'],
        settings: { token: '@@CHANNEL_DISCORD_TOKEN@@' },
      },
      pico: {
        enabled: true,
        type: 'pico',
        allow_from: ['*'],
        settings: { token: '@@GATEWAY_TOKEN@@', allow_origins: ['https://claw.example.org'] },
      },
    },
    gateway: { host: '*', port: 18790, log_level: 'info' },
    tools: {
      allow_read_paths: ['^/opt/skills/'],
      ...quiet,
      web: { enabled: false },
      web_fetch: { enabled: false },
      mcp: {
        enabled: true,
        servers: {
          scrapling: {
            enabled: true,
            type: 'http',
            url: 'http://claw-scrapling.claw.svc.cluster.local:8000/mcp',
            headers: { Authorization: 'Bearer @@MCP_TOKEN_SCRAPLING@@' },
          },
          'draw-io': { enabled: true, type: 'http', url: 'http://127.0.0.1:8080/mcp' },
        },
      },
    },
  });
  const env = {
    LC_ALL: 'C',
    MODEL_KEY_LITELLM: { secret: 'claw-litellm', key: 'api-key' },
    MODEL_KEY_ANTHROPIC: { secret: 'claw-anthropic', key: 'api-key' },
    MODEL_KEY_OPENAI: { secret: 'claw-openai', key: 'api-key' },
    CHANNEL_TELEGRAM_TOKEN: { secret: 'claw-telegram', key: 'bot-token' },
    CHANNEL_SLACK_BOT_TOKEN: { secret: 'claw-slack', key: 'bot-token' },
    CHANNEL_SLACK_APP_TOKEN: { secret: 'claw-slack', key: 'app-token' },
    CHANNEL_DISCORD_TOKEN: { secret: 'claw-discord', key: 'bot-token' },
    MCP_TOKEN_SCRAPLING: { secret: 'claw-scrapling', key: 'token' },
    GATEWAY_TOKEN: { secret: 'claw-gateway', key: 'token' },
  };
  const [config] = plan.init ?? [];
  expect(Object.entries(config?.env ?? {})).toEqual(Object.entries(env));
  // Every mark of the template is one of the variables, and every variable is a mark.
  const marks = [...JSON.stringify(configOf(plan)).matchAll(/@@(\w+)@@/g)].map(([, name]) => name);
  expect(new Set(marks)).toEqual(new Set(Object.keys(env).filter((name) => name !== 'LC_ALL')));
  expect(config?.command?.slice(4)).toEqual(Object.keys(env).slice(1));
  expect(Object.values(plan.containers[0].env).every((value) => typeof value === 'string')).toBe(true);
});

test('what a reviewer should know', () => {
  const { findings } = picoClaw({ shell: true }).plan(wiring({ channels: [chats.telegram], exposure }));
  expect(findings).toEqual([
    {
      rule: 'picoclaw-shell',
      message: 'runtime picoclaw: the agent runs any command in its container, without an approval',
      why: 'What it can read there includes its configuration with every key, and what it can reach is what the fence allows.',
      help: 'Leave `shell` out, or accept it with the reason.',
    },
    {
      rule: 'channel-any-place',
      message: 'runtime picoclaw: channel telegram answers the people whom it obeys wherever they write',
      why: 'The program knows a list of people and none of places, and everybody in a group reads its answers.',
      help: 'Keep the bot out of other groups and channels at the service, or accept it with the reason.',
    },
    {
      rule: 'picoclaw-gateway-exposed',
      message: 'https://claw.example.org leads to the whole gateway of PicoClaw',
      why: 'Whoever holds the token commands the agent over /pico/ws. Without one answer /health and /ready.',
      help: 'Let people sign in at the gateway too, and give the token to operators only.',
    },
  ]);
});

test('a shell is on when it is asked for, with memory for what it runs', () => {
  const plan = picoClaw({ shell: true }).plan(wiring());
  expect(configOf(plan).tools).toMatchObject({ exec: { enabled: true }, cron: { allow_command: true } });
  expect(plan.containers[0].resources.limits.memory).toEqual(Size.gibibytes(1));
});

test('two channels of one kind are a problem', () => {
  const { problems } = picoClaw().plan(wiring({ channels: [chats.slack, chats.slack] }));
  expect(problems).toEqual([
    {
      message: 'runtime picoclaw: 2 channels of kind slack',
      why: 'They would share one secret, and log in as one account.',
      help: 'Give one channel all places and people, or make a second agent.',
    },
  ]);
});

test('another image renders, runs and seeds', () => {
  const own = image('registry.example.org/picoclaw:1');
  const { init, containers, shell } = picoClaw({ image: own }).plan(wiring());
  expect([init?.[0]?.image, containers[0].image, shell]).toEqual([own, own, own]);
});

test('the protocol of Google', () => {
  expect(configOf(picoClaw().plan(wiring({ model: gemini }))).model_list).toEqual([
    {
      model_name: 'primary',
      provider: 'gemini',
      model: 'gemini-2.5-pro',
      api_keys: ['@@MODEL_KEY_GOOGLE@@'],
      enabled: true,
    },
  ]);
});

test('a token in a header of its own', () => {
  const keyed = { ...web, endpoint: { ...web.endpoint, header: { name: 'X-API-Key' } } } as PlacedTool;
  expect(configOf(picoClaw().plan(wiring({ tools: [keyed] }))).tools.mcp.servers.scrapling.headers).toEqual({
    'X-API-Key': '@@MCP_TOKEN_SCRAPLING@@',
  });
});
