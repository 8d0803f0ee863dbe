import { Duration, Size } from 'cdk8s';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import type { Plan } from '../agent/plan.ts';
import { image } from '../images.ts';
import { openAiCompatible } from '../models/providers.ts';
import { route } from '../models/route.ts';
import { hermesRs } from './hermes-rs.ts';
import { chats, diagrams, exposure, gemini, models, wiring } from './testing/wirings.ts';

const own = image('registry.example.org/hermes-rs:0.1.1');
const runtime = hermesRs({ image: own });
const configOf = ({ folders }: Plan) => load(folders?.[0]?.files['config.yaml'] ?? '');

test('the runtime names itself and its channels', () => {
  const { name, version, dialect } = runtime;
  expect({ name, version, kinds: Object.keys(dialect) }).toEqual({
    name: 'hermes-rs',
    version: '0.1.1',
    kinds: ['telegram'],
  });
});

test('a minimal agent', () => {
  const plan = runtime.plan(wiring());
  const { init, folders, shared, ...rest } = plan;
  const alive = { http: { path: '/health', port: 'api' } };
  expect(rest).toEqual({
    containers: [
      {
        name: 'agent',
        image: own,
        command: ['/bin/sh', '-c', 'cd /workspace && exec hermes gateway'],
        env: {
          HOME: '/tmp',
          HERMES_HOME: '/data',
          ANTHROPIC_API_KEY: { secret: 'claw-anthropic', key: 'api-key' },
        },
        scratch: [
          { path: '/tmp', size: Size.mebibytes(256) },
          { path: '/data/skills', size: Size.mebibytes(16) },
        ],
        ports: [{ name: 'api', port: 8080 }],
        probes: { startup: alive, liveness: alive, readiness: alive },
        user: { uid: 10000, gid: 10000 },
        resources: {
          requests: { cpu: '50m', memory: Size.mebibytes(64) },
          limits: { memory: Size.mebibytes(512) },
        },
        mounts: [{ volume: 'rendered', path: '/data/config.yaml', subPath: 'config.yaml', readOnly: true }],
      },
    ],
    files: [],
    state: [
      { name: 'state', path: '/data', size: Size.gibibytes(1) },
      { name: 'workspace', path: '/workspace', size: Size.gibibytes(2) },
    ],
    workspace: '/workspace',
    skills: '/data/skills',
    shell: own,
    podSecurity: { level: 'restricted' },
    shutdown: Duration.seconds(10),
    gatewayPort: 'api',
    flows: [],
    findings: [],
    problems: [],
  });
  expect(configOf(plan)).toEqual({
    model: 'anthropic/claude-sonnet-4-5',
    approval: { policy: 'deny' },
    gateway: { api_server: { bind_addr: '0.0.0.0:8080', api_key: '@@API_TOKEN@@' } },
  });
  expect(init?.[0]?.env).toEqual({ LC_ALL: 'C', API_TOKEN: { secret: 'claw-api', key: 'token' } });
  expect([folders?.map(({ name }) => name), shared?.map(({ name }) => name)]).toEqual([['template'], ['rendered']]);
});

test('Telegram, a compatible provider without a key, behind a route', () => {
  const model = route('vllm/Qwen/Qwen3', {
    providers: [openAiCompatible('vllm', { url: 'https://vllm.example.org/v1', key: false })],
  });
  const plan = runtime.plan(wiring({ model, channels: [chats.telegram], exposure }));
  expect(configOf(plan)).toEqual({
    model: 'openai/Qwen/Qwen3',
    base_url: 'https://vllm.example.org/v1',
    approval: { policy: 'deny' },
    gateway: {
      telegram: { token: '@@CHANNEL_TELEGRAM_BOT_TOKEN@@', allowed_users: ['1001', '1002'], allow_all: false },
      api_server: { bind_addr: '0.0.0.0:8080', api_key: '@@API_TOKEN@@' },
    },
  });
  expect(plan.init?.[0]?.env).toEqual({
    LC_ALL: 'C',
    CHANNEL_TELEGRAM_BOT_TOKEN: { secret: 'claw-telegram', key: 'bot-token' },
    API_TOKEN: { secret: 'claw-api', key: 'token' },
  });
  expect(plan.containers[0].env).toEqual({ HOME: '/tmp', HERMES_HOME: '/data', OPENAI_API_KEY: 'none' });
  expect(plan.findings).toEqual([
    {
      rule: 'channel-any-place',
      message: 'runtime hermes-rs: channel telegram answers the people whom it obeys wherever they write',
      why: 'The program knows a list of people and none of places, and everybody in a group reads its answers.',
      help: 'Keep the bot out of other groups and channels at the service, or accept it with the reason.',
    },
    {
      rule: 'hermes-rs-api-exposed',
      message: 'https://claw.example.org leads to the API of Hermes Agent RS',
      why: 'Whoever holds the token commands the agent, past the lists of people of its channels. Without one answers /health.',
      help: 'Let people sign in at the gateway too, and give the token to operators only.',
    },
  ]);
});

test('fallbacks, MCP servers and two channels of one kind are problems', () => {
  const channels = [chats.telegram, chats.telegram];
  expect(runtime.plan(wiring({ model: models, tools: [diagrams], channels })).problems).toEqual([
    {
      message: 'runtime hermes-rs: model fallbacks (anthropic/claude-sonnet-4-5, openai/gpt-5, my-vllm/qwen3)',
      why: 'The program asks one model, and has no setting for others.',
      help: 'Remove `fallbacks`, or let a gateway such as LiteLLM do it behind one openAiCompatible() provider.',
    },
    {
      message: 'runtime hermes-rs: 2 channels of kind telegram',
      why: 'They would share one secret, and log in as one account.',
      help: 'Give one channel all places and people, or make a second agent.',
    },
    {
      message: 'runtime hermes-rs: tool draw-io is an MCP server',
      why: 'Its gateway makes its tools without the MCP servers of the configuration, which its command line alone connects.',
      help: 'Use a runtime with MCP servers, or remove the tool.',
    },
  ]);
});

test('the protocol of Google is a problem', () => {
  expect(runtime.plan(wiring({ model: gemini })).problems).toEqual([
    {
      message: 'runtime hermes-rs: model provider google speaks the protocol of google',
      why: 'The program speaks: anthropic, openai.',
      help: 'Use another provider, or an OpenAI-compatible gateway such as LiteLLM with openAiCompatible().',
    },
  ]);
});
