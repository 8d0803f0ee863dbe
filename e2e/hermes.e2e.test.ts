/**
 * The real Hermes Agent with the configuration of `hermes()`, as uid 10000 and on loopback alone. Needs root, util-linux,
 * iproute2, and E2E_HERMES: the program `hermes` of an environment with `hermes-agent[messaging,mcp,anthropic]` 0.19.0 that
 * uid 10000 can read. What the image adds (s6, its users and folders) is not tried.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hermes } from '../constructs/index.ts';
import { chats, debugging, diagrams, models, wiring } from '../constructs/runtimes/testing/wirings.ts';
import { announceSkip, missing } from './environment.ts';
import { LonelyProgram, needed } from './lonely-program.ts';

const skip = missing({ programs: needed, env: ['E2E_HERMES'] });
announceSkip('Hermes starts with the configuration that its adapter makes', skip);

const program = process.env.E2E_HERMES ?? '';
const uid = 10000;
const port = 8642;
const token = '0123456789abcdef0123456789abcdef';
const other = 'fedcba9876543210fedcba9876543210';

// Without the channels: there is no network to connect them.
const plan = hermes().plan(wiring({ model: models, tools: [diagrams], skills: [debugging] }));
const talking = hermes().plan(wiring({ channels: [chats.matrix, chats.telegram, chats.slack, chats.discord] }));

describe.skipIf(skip)('Hermes', () => {
  let root: string;
  let env: Record<string, string>;
  let running: LonelyProgram;

  const folder = (name: string, owner: number) => {
    const path = join(root, name);
    mkdirSync(path);
    chownSync(path, owner, owner);
    return path;
  };
  const managed = ({ files }: typeof plan, name: string) => {
    const path = folder(name, 0);
    for (const file of files) writeFileSync(join(path, basename(file.path)), file.text);
    return path;
  };
  /** What Python in the program's environment prints, as JSON. */
  const ask = (source: string, variables: Record<string, string> = {}) =>
    JSON.parse(
      execFileSync(join(dirname(program), 'python'), ['-c', source], { env: { ...env, ...variables } }).toString(),
    );

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'hermes-'));
    chmodSync(root, 0o755);
    const home = folder('data', uid);
    // What the image and the agent may write there; it must not win.
    writeFileSync(
      join(home, '.env'),
      `API_SERVER_KEY=${other}\nGATEWAY_ALLOW_ALL_USERS=true\nTELEGRAM_ALLOWED_USERS=666\nTELEGRAM_ALLOWED_CHATS=\n`,
    );
    writeFileSync(join(home, 'config.yaml'), 'approvals:\n  mode: "off"\nagent:\n  disabled_toolsets: []\n');
    const plain = Object.entries(plan.containers[0].env).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : name === 'CHITIN_API_SERVER_KEY' ? token : `dummy-${name}-0123456789`,
    ]);
    env = {
      ...Object.fromEntries(plain),
      HOME: folder('home', uid),
      HERMES_HOME: home,
      HERMES_MANAGED_DIR: managed(plan, 'managed'),
      HERMES_DISABLE_LAZY_INSTALLS: '1',
    };
    running = new LonelyProgram({ command: [program, ...(plan.containers[0].args ?? [])], env, uid, cwd: home });
    await running.ready(port, '/health');
  });

  afterAll(() => {
    running?.dispose();
    if (root) rmSync(root, { recursive: true });
  });

  test('answers the probes without a token', async () => {
    const { status, body } = await running.get(port, '/health');
    expect([status, JSON.parse(body)]).toEqual([200, { status: 'ok', platform: 'hermes-agent', version: '0.19.0' }]);
  });

  test('listens on the address of the pod', () => {
    const lines = running.proc('net/tcp').trim().split('\n').slice(1);
    const listening = lines.map((line) => line.trim().split(/\s+/)).filter(([, , , state]) => state === '0A');
    expect(listening.map(([, local]) => local)).toEqual([`00000000:${port.toString(16).toUpperCase()}`]);
  });

  test('wants the token of our secret, not the one that its own folder holds', async () => {
    const models = async (bearer?: string) =>
      (await running.get(port, '/v1/models', bearer ? { authorization: `Bearer ${bearer}` } : {})).status;
    expect([await models(), await models(other), await models(token)]).toEqual([401, 401, 200]);
  });

  test('runs as another user without capabilities', () => {
    const status = Object.fromEntries(
      running
        .proc('status')
        .split('\n')
        .map((line) => line.split(/:\s*/, 2) as [string, string]),
    );
    expect(status).toMatchObject({
      Uid: `${uid}\t${uid}\t${uid}\t${uid}`,
      CapEff: '0000000000000000',
      NoNewPrivs: '1',
    });
  });

  test('our configuration wins over its own, key by key', () => {
    const source = `
import json
from hermes_cli.config import load_config
config = load_config()
print(json.dumps({key: config[key] for key in ('model', 'fallback_providers', 'providers', 'mcp_servers')} | {
    'disabled': config['agent']['disabled_toolsets'], 'approvals': config['approvals']['mode'],
    'cwd': config['terminal']['cwd'], 'skills': config['skills']['external_dirs']}))`;
    expect(ask(source)).toEqual({
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
      mcp_servers: { 'draw-io': { url: 'http://127.0.0.1:8080/mcp' } },
      disabled: ['terminal', 'code_execution', 'computer_use'],
      approvals: 'manual',
      cwd: '/workspace',
      skills: ['/opt/skills'],
    });
  });

  test.each([
    ['custom:litellm', 'http://litellm.llm.svc.cluster.local:4000/v1', 'dummy-MODEL_KEY_LITELLM-0123456789'],
    ['custom:my-vllm', 'https://vllm.example.org/v1', 'no-key-required'],
    ['anthropic', 'https://api.anthropic.com', 'dummy-ANTHROPIC_API_KEY-0123456789'],
    ['openai-api', 'https://api.openai.com/v1', 'dummy-OPENAI_API_KEY-0123456789'],
  ])('provider %s has its address and its key', (requested, url, key) => {
    const source = `
import json, sys
from hermes_cli.runtime_provider import resolve_runtime_provider
found = resolve_runtime_provider(requested=${JSON.stringify(requested)})
print(json.dumps([found['base_url'], found['api_key']]))`;
    expect(ask(source)).toEqual([url, key]);
  });

  test('the lists of people and places are ours', () => {
    const source = `
import json, os
from hermes_cli.env_loader import load_hermes_dotenv
load_hermes_dotenv()
print(json.dumps({name: os.environ[name] for name in (
    'GATEWAY_ALLOW_ALL_USERS', 'TELEGRAM_ALLOWED_USERS', 'TELEGRAM_ALLOWED_CHATS', 'MATRIX_ALLOWED_USERS', 'MATRIX_ALLOWED_ROOMS',
    'SLACK_ALLOWED_USERS', 'DISCORD_ALLOWED_CHANNELS', 'API_SERVER_KEY')}))`;
    expect(ask(source, { HERMES_MANAGED_DIR: managed(talking, 'talking') })).toEqual({
      GATEWAY_ALLOW_ALL_USERS: 'false',
      TELEGRAM_ALLOWED_USERS: '1001,1002',
      TELEGRAM_ALLOWED_CHATS: '-1009',
      MATRIX_ALLOWED_USERS: "@anna:example.org,@o'ben:example.org",
      MATRIX_ALLOWED_ROOMS: '!ops:example.org,!dev:example.org',
      SLACK_ALLOWED_USERS: 'U01ANNA00,W01BEN000',
      DISCORD_ALLOWED_CHANNELS: '333333333333333333,444444444444444444',
      API_SERVER_KEY: token,
    });
  });

  test('the channels of the environment are enabled, and no other', () => {
    const source = `
import json
from hermes_cli.env_loader import load_hermes_dotenv
load_hermes_dotenv()
from gateway.config import load_gateway_config
config = load_gateway_config()
print(json.dumps([sorted(p.value for p, c in config.platforms.items() if c.enabled), config.unauthorized_dm_behavior]))`;
    const secrets = Object.entries(talking.containers[0].env)
      .filter(([, value]) => typeof value !== 'string')
      .map(([name]) => [name, name === 'CHITIN_API_SERVER_KEY' ? token : `dummy-${name}-0123456789`]);
    const variables = { ...Object.fromEntries(secrets), HERMES_MANAGED_DIR: join(root, 'talking') };
    expect(ask(source, variables)).toEqual([['api_server', 'discord', 'matrix', 'slack', 'telegram'], 'ignore']);
  });

  test('ends by itself when it is asked to, without a secret in its log', async () => {
    // Not by a signal; and not 0, so that a supervisor starts it again.
    expect(await running.stop()).toBe(1);
    expect(running.log).toContain('Hermes Gateway Starting');
    expect(running.log).not.toMatch(new RegExp(`${token}|${other}|dummy-`));
  });
});
