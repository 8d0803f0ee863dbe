import { readFileSync } from 'node:fs';
import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import type { Wiring } from '../../agent/plan.ts';
import { image, images } from '../../images.ts';
import type { ZeroClawOptions } from './options.ts';
import { cases } from './testing/cases.ts';
import { chats, configOf, debugging, everything, hook, rooms, server, wiring } from './testing/wiring.ts';
import { zeroClaw } from './zeroclaw.ts';

const expected = (name: string) => readFileSync(new URL(`testing/expected/${name}.toml`, import.meta.url), 'utf8');
const health = { http: { path: '/health', port: 'gateway' } };

test('the runtime names itself and its channels', () => {
  const { name, version, dialect } = zeroClaw();
  expect({ name, version, kinds: Object.keys(dialect) }).toEqual({
    name: 'zeroclaw',
    version: '0.8.7',
    kinds: ['discord', 'matrix', 'telegram', 'webhook', 'whatsapp'],
  });
});

test('a minimal agent', () => {
  const { options, wiring } = cases.minimal;
  const { files, ...plan } = zeroClaw(options).plan(wiring);
  expect(files).toEqual([{ path: '/zeroclaw-data/.zeroclaw/config.toml', text: expected('minimal') }]);
  expect(plan).toEqual({
    containers: [
      {
        name: 'agent',
        image: images.zeroClaw,
        command: ['zeroclaw', 'daemon'],
        env: {
          HOME: '/tmp',
          ZEROCLAW_CONFIG_DIR: '/zeroclaw-data/.zeroclaw',
          ZEROCLAW_providers__models__anthropic__primary__api_key: { secret: 'claw-anthropic', key: 'api-key' },
        },
        scratch: [
          { path: '/tmp', size: Size.mebibytes(256) },
          { path: '/zeroclaw-data/.zeroclaw/shared', size: Size.mebibytes(16) },
        ],
        ports: [{ name: 'gateway', port: 42617 }],
        probes: { startup: health, liveness: health, readiness: health },
        user: { uid: 65534, gid: 65534 },
        resources: {
          requests: { cpu: '100m', memory: Size.mebibytes(128) },
          limits: { memory: Size.mebibytes(512) },
        },
      },
    ],
    state: [{ name: 'state', path: '/zeroclaw-data/.zeroclaw', size: Size.gibibytes(2) }],
    workspace: '/zeroclaw-data/.zeroclaw/agents/claw/workspace',
    skills: '/zeroclaw-data/.zeroclaw/shared/skills/claw',
    shell: images.zeroClawDebian,
    podSecurity: { level: 'restricted' },
    shutdown: Duration.seconds(30),
    gatewayPort: 'gateway',
    flows: [],
    findings: [],
    problems: [],
  });
});

test('everything at once', () => {
  const { options, wiring } = cases.everything;
  const plan = zeroClaw(options).plan(wiring);
  expect(configOf(plan)).toBe(expected('everything'));
  expect(Object.entries(plan.containers[0].env)).toEqual(
    Object.entries({
      HOME: '/tmp',
      ZEROCLAW_CONFIG_DIR: '/zeroclaw-data/.zeroclaw',
      ZEROCLAW_providers__models__anthropic__primary__api_key: { secret: 'ops-claw-anthropic', key: 'api-key' },
      ZEROCLAW_providers__models__openai__fallback_1__api_key: { secret: 'ops-claw-openai', key: 'api-key' },
      ZEROCLAW_providers__models__custom__fallback_2__api_key: { secret: 'ops-claw-litellm', key: 'api-key' },
      ZEROCLAW_channels__matrix__ops_claw__password: { secret: 'ops-claw-matrix', key: 'password' },
      ZEROCLAW_channels__matrix__ops_claw__recovery_key: { secret: 'ops-claw-matrix', key: 'recovery-key' },
      MCP_TOKEN_SCRAPLING: { secret: 'claw-scrapling', key: 'token' },
      ZEROCLAW_mcp__servers__scrapling__headers__authorization: 'Bearer $(MCP_TOKEN_SCRAPLING)',
      ZEROCLAW_gateway__paired_tokens: { secret: 'ops-claw-gateway', key: 'token' },
    }),
  );
  expect(plan.workspace).toBe('/zeroclaw-data/.zeroclaw/agents/ops_claw/workspace');
  expect(plan.skills).toBe('/zeroclaw-data/.zeroclaw/shared/skills/ops_claw');
  expect(plan.containers[0].image).toBe(images.zeroClawDebian);
  expect(plan.containers[0].resources.limits.memory).toEqual(Size.gibibytes(1));
  expect(plan.problems).toEqual([]);
});

test('the image with a shell is used where a shell is needed', () => {
  const imageOf = (options: ZeroClawOptions, wired: Wiring) => zeroClaw(options).plan(wired).containers[0].image;
  expect(imageOf({}, wiring({ seeded: true }))).toBe(images.zeroClawDebian);
  expect(imageOf({ commands: ['kubectl'] }, wiring())).toBe(images.zeroClawDebian);
  expect(imageOf({}, wiring({ skills: [debugging] }))).toBe(images.zeroClawDebian);
  expect(imageOf({ level: 'readonly' }, wiring({ skills: [debugging] }))).toBe(images.zeroClaw);
  const own = image('registry.example.org/zeroclaw-kubectl:1');
  const plan = zeroClaw({ image: own }).plan(wiring());
  expect([plan.containers[0].image, plan.shell]).toEqual([own, own]);
});

test('an exposed gateway is told, with all that answers without a token', () => {
  const exposed = (metrics: string) => ({
    rule: 'zeroclaw-gateway-exposed',
    message: 'https://claw.example.org leads to the whole gateway of ZeroClaw',
    why: `Whoever holds the token commands the agent: chat, workspace, memory, scheduled jobs. Without one answer /health${metrics}, /pair, /pair/code, /api/pair, /api/oidc, /oidc, /hooks/claude-code, /api/docs, /api/openapi.json and the dashboard's files. A token cannot be revoked for good in the dashboard, since the configuration is read-only.`,
    help: 'Let people sign in at the gateway too, give the token to operators only, and change the Secret to revoke it.',
  });
  expect(zeroClaw().plan(everything).findings).toEqual([exposed('')]);
  expect(zeroClaw({ metrics: true }).plan(everything).findings).toEqual([exposed(', /metrics')]);
  expect(zeroClaw({ metrics: true }).plan(wiring()).findings).toEqual([]);
});

test('full autonomy is told', () => {
  expect(zeroClaw({ level: 'full' }).plan(wiring()).findings).toEqual([
    {
      rule: 'zeroclaw-full-autonomy',
      message: 'runtime zeroclaw: level full',
      why: 'The agent never asks before it acts, and its file tools leave the workspace.',
      help: "Use level 'supervised' with `autoApprove`, or accept it with the reason.",
    },
  ]);
});

test('no secret is in the configuration, and the same wiring gives the same bytes', () => {
  const secrets: string[] = [];
  const asking = {
    ...everything,
    secret: (...[need, key]: Parameters<typeof everything.secret>) => {
      secrets.push(`${need.name}/${key}`);
      return everything.secret(need, key);
    },
  };
  const plan = zeroClaw().plan(asking);
  expect(secrets).toEqual([
    'anthropic/api-key',
    'openai/api-key',
    'litellm/api-key',
    'matrix/password',
    'matrix/recovery-key',
    'gateway/token',
  ]);
  expect(configOf(plan)).not.toMatch(/password|recovery_key|api_key|token|secret/);
  expect(zeroClaw().plan(asking)).toEqual(plan);
});

test('every channel, with its secrets in variables and its port', () => {
  const { options, wiring: wired } = cases['every channel'];
  const plan = zeroClaw(options).plan(wired);
  expect(configOf(plan).slice(configOf(plan).indexOf('[channels.'), configOf(plan).indexOf('[gateway]'))).toBe(
    expected('channels'),
  );
  expect(
    Object.fromEntries(Object.entries(plan.containers[0].env).filter(([name]) => /_channels__/.test(name))),
  ).toEqual({
    ZEROCLAW_channels__matrix__claw__password: { secret: 'claw-matrix', key: 'password' },
    ZEROCLAW_channels__matrix__claw__recovery_key: { secret: 'claw-matrix', key: 'recovery-key' },
    ZEROCLAW_channels__telegram__claw__bot_token: { secret: 'claw-telegram', key: 'bot-token' },
    ZEROCLAW_channels__discord__claw__bot_token: { secret: 'claw-discord', key: 'bot-token' },
    ZEROCLAW_channels__webhook__claw__secret: { secret: 'claw-webhook', key: 'token' },
  });
  expect(plan.containers[0].ports).toEqual([
    { name: 'gateway', port: 42617 },
    { name: 'webhook', port: 8090 },
  ]);
  expect([plan.gatewayPort, plan.webhooks]).toEqual(['gateway', { port: 'webhook', path: '/webhook' }]);
});

test('without servers and groups the agent answers direct messages alone', () => {
  const { options, wiring: wired } = cases['direct messages alone'];
  const text = configOf(zeroClaw(options).plan(wired));
  expect(text).toContain('[channels.discord.claw]\nenabled = true\nguild_ids = ["0"]\n\n');
  expect(text).toContain('group_policy = "ignore"\n\n');
});

test('a webhook alone has no peer group', () => {
  const { options, wiring: wired } = cases['webhook alone'];
  expect(configOf(zeroClaw(options).plan(wired))).not.toContain('peer_groups');
});

test('where a channel lets in more or less than its options say', () => {
  expect(zeroClaw().plan(wiring({ channels: [chats, server] })).findings).toEqual([
    {
      rule: 'channel-any-place',
      message: 'runtime zeroclaw: channel telegram answers the people whom it obeys wherever they write',
      why: 'The program knows a list of people and none of places, and everybody in a group reads its answers.',
      help: 'Keep the bot out of other groups and channels at the service, or accept it with the reason.',
    },
    {
      rule: 'zeroclaw-discord-no-direct-messages',
      message: 'runtime zeroclaw: on Discord it drops direct messages, since channels are listed',
      why: 'Its list of channels applies to direct messages too, and their ids are known to nobody beforehand.',
      help: 'Leave out `servers` for direct messages alone, or accept it with the reason.',
    },
  ]);
  expect(zeroClaw().plan(cases['direct messages alone'].wiring).findings).toEqual([]);
  expect(zeroClaw().plan(wiring({ channels: [hook] })).findings).toEqual([]);
});

test('an unexposed agent asks for no token and admits nobody', () => {
  const plan = zeroClaw().plan(wiring({ channels: [rooms] }));
  expect(plan.containers[0].env).not.toHaveProperty('ZEROCLAW_gateway__paired_tokens');
  expect(configOf(plan)).toContain(`require_pairing = true\npaired_tokens = ["${'0'.repeat(64)}"]\n`);
});

test('tokens in headers of another name or scheme', () => {
  const { options, wiring } = cases['a header of another name, and another scheme'];
  const { containers, problems } = zeroClaw(options).plan(wiring);
  expect(containers[0].env).toMatchObject({
    ZEROCLAW_mcp__servers__draw_io__headers__token: '$(MCP_TOKEN_DRAW_IO)',
    ZEROCLAW_mcp__servers__scrapling__headers__authorization: 'Token $(MCP_TOKEN_SCRAPLING)',
  });
  expect(problems).toEqual([]);
});
