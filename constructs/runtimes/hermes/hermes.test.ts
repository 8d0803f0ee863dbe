import { Duration, Size } from 'cdk8s';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import type { Plan } from '../../agent/plan.ts';
import { discord } from '../../channels/discord.ts';
import { slack } from '../../channels/slack.ts';
import { telegram } from '../../channels/telegram.ts';
import { images } from '../../images.ts';
import type { PlacedTool } from '../../tools/tool.ts';
import { chats, debugging, diagrams, exposure, gemini, models, web, wiring } from '../testing/wirings.ts';
import { hermes } from './hermes.ts';

const fileOf = ({ files }: Plan, path: string) => files.find((file) => file.path === path)?.text ?? '';
const configOf = (plan: Plan) => load(fileOf(plan, '/etc/hermes/config.yaml'));
const environmentOf = (plan: Plan) => fileOf(plan, '/etc/hermes/.env');

test('the runtime names itself and its channels', () => {
  const { name, version, dialect } = hermes();
  expect({ name, version, kinds: Object.keys(dialect) }).toEqual({
    name: 'hermes',
    version: '0.19.0',
    kinds: ['discord', 'matrix', 'slack', 'telegram'],
  });
});

test('a minimal agent', () => {
  const { files, ...plan } = hermes().plan(wiring());
  const alive = { http: { path: '/health', port: 'api' } };
  expect(plan).toEqual({
    containers: [
      {
        name: 'agent',
        image: images.hermes,
        args: ['gateway', 'run'],
        env: {
          S6_READ_ONLY_ROOT: '1',
          HERMES_WRITE_SAFE_ROOT: '/workspace',
          ANTHROPIC_API_KEY: { secret: 'claw-anthropic', key: 'api-key' },
          CHITIN_API_SERVER_KEY: { secret: 'claw-api', key: 'token' },
        },
        scratch: [
          { path: '/run', size: Size.mebibytes(64), memory: true },
          { path: '/tmp', size: Size.mebibytes(512) },
        ],
        ports: [{ name: 'api', port: 8642 }],
        probes: { startup: alive, startupSeconds: 300, liveness: alive, readiness: alive },
        user: { uid: 0, gid: 10000 },
        capabilities: ['CHOWN', 'DAC_OVERRIDE', 'KILL', 'SETGID', 'SETUID'],
        resources: {
          requests: { cpu: '250m', memory: Size.gibibytes(1) },
          limits: { memory: Size.gibibytes(2) },
        },
      },
    ],
    state: [
      { name: 'state', path: '/opt/data', size: Size.gibibytes(5) },
      { name: 'workspace', path: '/workspace', size: Size.gibibytes(5) },
    ],
    workspace: '/workspace',
    skills: '/opt/skills',
    shell: images.hermes,
    podSecurity: {
      level: 'baseline',
      because: 'the init of its image (s6-overlay) starts as root, owns the state volume and drops to uid 10000',
    },
    shutdown: Duration.seconds(60),
    gatewayPort: 'api',
    flows: [],
    findings: [],
    problems: [],
  });
  expect(files).toEqual([
    {
      path: '/etc/hermes/config.yaml',
      text: `model:
  provider: anthropic
  default: claude-sonnet-4-5
fallback_providers: []
agent:
  disabled_toolsets:
    - terminal
    - code_execution
    - computer_use
terminal:
  backend: local
  cwd: /workspace
approvals:
  mode: manual
  cron_mode: deny
unauthorized_dm_behavior: ignore
security:
  tirith_enabled: false
skills:
  external_dirs: []
mcp_servers: {}
`,
    },
    {
      path: '/etc/hermes/.env',
      text: `API_SERVER_ENABLED='true'
API_SERVER_HOST='0.0.0.0'
API_SERVER_PORT='8642'
GATEWAY_ALLOW_ALL_USERS='false'
API_SERVER_KEY=\${CHITIN_API_SERVER_KEY}
`,
    },
  ]);
});

test('everything at once', () => {
  const plan = hermes().plan(
    wiring({
      model: models,
      channels: [chats.matrix, chats.telegram, chats.slack, chats.discord],
      tools: [web, diagrams],
      skills: [debugging],
      exposure,
    }),
  );
  expect(configOf(plan)).toEqual({
    model: { provider: 'custom:litellm', default: 'qwen3' },
    fallback_providers: [
      { provider: 'anthropic', model: 'claude-sonnet-4-5' },
      { provider: 'openai-api', model: 'gpt-5' },
      { provider: 'custom:my-vllm', model: 'qwen3' },
    ],
    providers: {
      litellm: { base_url: 'http://litellm.llm.svc.cluster.local:4000/v1', key_env: 'MODEL_KEY_LITELLM' },
      'my-vllm': { base_url: 'https://vllm.example.org/v1' },
    },
    agent: {
      disabled_toolsets: ['terminal', 'code_execution', 'computer_use', 'web', 'search', 'browser', 'x_search'],
    },
    terminal: { backend: 'local', cwd: '/workspace' },
    approvals: { mode: 'manual', cron_mode: 'deny' },
    unauthorized_dm_behavior: 'ignore',
    security: { tirith_enabled: false },
    skills: { external_dirs: ['/opt/skills'] },
    mcp_servers: {
      scrapling: {
        url: 'http://claw-scrapling.claw.svc.cluster.local:8000/mcp',
        headers: { Authorization: `Bearer \${MCP_TOKEN_SCRAPLING}` },
      },
      'draw-io': { url: 'http://127.0.0.1:8080/mcp' },
    },
  });
  expect(environmentOf(plan)).toBe(`API_SERVER_ENABLED='true'
API_SERVER_HOST='0.0.0.0'
API_SERVER_PORT='8642'
GATEWAY_ALLOW_ALL_USERS='false'
MATRIX_HOMESERVER='https://matrix.example.org'
MATRIX_USER_ID='@claw:example.org'
MATRIX_E2EE_MODE='required'
MATRIX_ALLOWED_USERS='@anna:example.org,@o\\'ben:example.org'
MATRIX_ALLOWED_ROOMS='!ops:example.org,!dev:example.org'
MATRIX_REQUIRE_MENTION='false'
TELEGRAM_ALLOWED_USERS='1001,1002'
TELEGRAM_ALLOWED_CHATS='-1009'
TELEGRAM_REQUIRE_MENTION='false'
SLACK_ALLOWED_USERS='U01ANNA00,W01BEN000'
SLACK_ALLOWED_CHANNELS='C01OPS000'
SLACK_REQUIRE_MENTION='false'
DISCORD_ALLOWED_USERS='111111111111111111'
DISCORD_ALLOWED_CHANNELS='333333333333333333,444444444444444444'
DISCORD_REQUIRE_MENTION='false'
API_SERVER_KEY=\${CHITIN_API_SERVER_KEY}
`);
  expect(Object.entries(plan.containers[0].env)).toEqual(
    Object.entries({
      S6_READ_ONLY_ROOT: '1',
      HERMES_WRITE_SAFE_ROOT: '/workspace',
      MODEL_KEY_LITELLM: { secret: 'claw-litellm', key: 'api-key' },
      ANTHROPIC_API_KEY: { secret: 'claw-anthropic', key: 'api-key' },
      OPENAI_API_KEY: { secret: 'claw-openai', key: 'api-key' },
      MATRIX_PASSWORD: { secret: 'claw-matrix', key: 'password' },
      MATRIX_RECOVERY_KEY: { secret: 'claw-matrix', key: 'recovery-key' },
      TELEGRAM_BOT_TOKEN: { secret: 'claw-telegram', key: 'bot-token' },
      SLACK_BOT_TOKEN: { secret: 'claw-slack', key: 'bot-token' },
      SLACK_APP_TOKEN: { secret: 'claw-slack', key: 'app-token' },
      DISCORD_BOT_TOKEN: { secret: 'claw-discord', key: 'bot-token' },
      MCP_TOKEN_SCRAPLING: { secret: 'claw-scrapling', key: 'token' },
      CHITIN_API_SERVER_KEY: { secret: 'claw-api', key: 'token' },
    }),
  );
});

test('direct messages alone: no group and no channel has the id 0', () => {
  const channels = [
    telegram({ people: [1] }),
    slack({ people: ['U01ANNA00'] }),
    discord({ people: ['111111111111111111'] }),
  ];
  const environment = environmentOf(hermes().plan(wiring({ channels })));
  expect(environment).toContain("TELEGRAM_ALLOWED_CHATS='0'\n");
  expect(environment).toContain("SLACK_ALLOWED_CHANNELS='0'\n");
  expect(environment).toContain("DISCORD_ALLOWED_CHANNELS='0'\n");
});

test('commands are on when they are asked for, and told', () => {
  const plan = hermes({ terminal: true }).plan(wiring({ exposure }));
  expect(configOf(plan)).toMatchObject({ agent: { disabled_toolsets: [] } });
  expect(plan.containers[0].resources.limits.memory).toEqual(Size.gibibytes(4));
  expect(plan.findings).toEqual([
    {
      rule: 'hermes-terminal',
      message: 'runtime hermes: the agent runs commands in its container',
      why: 'Those that Hermes does not take for dangerous need no approval. They can read every key in the environment, change the state volume, and reach what the fence allows.',
      help: 'Leave `terminal` out, or accept it with the reason.',
    },
    {
      rule: 'hermes-api-exposed',
      message: 'https://claw.example.org leads to the API of Hermes',
      why: 'Whoever holds the token commands the agent, past the lists of people of its channels. Without one answers /health.',
      help: 'Let people sign in at the gateway too, and give the token to operators only.',
    },
  ]);
});

test('two channels of one kind are a problem', () => {
  expect(hermes().plan(wiring({ channels: [chats.matrix, chats.matrix] })).problems).toEqual([
    {
      message: 'runtime hermes: 2 channels of kind matrix',
      why: 'They would share one secret, and log in as one account.',
      help: 'Give one channel all places and people, or make a second agent.',
    },
  ]);
});

test('the protocol of Google', () => {
  const plan = hermes().plan(wiring({ model: gemini }));
  expect(configOf(plan)).toMatchObject({ model: { provider: 'gemini', default: 'gemini-2.5-pro' } });
  expect(plan.containers[0].env).toMatchObject({ GEMINI_API_KEY: { secret: 'claw-google', key: 'api-key' } });
});

test('a token in a header of its own', () => {
  const keyed = { ...web, endpoint: { ...web.endpoint, header: { name: 'X-API-Key' } } } as PlacedTool;
  expect(configOf(hermes().plan(wiring({ tools: [keyed] })))).toMatchObject({
    mcp_servers: { scrapling: { headers: { 'X-API-Key': `\${MCP_TOKEN_SCRAPLING}` } } },
  });
});
