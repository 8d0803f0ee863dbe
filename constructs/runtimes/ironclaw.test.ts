import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { images } from '../images.ts';
import { openAiCompatible } from '../models/providers.ts';
import { route } from '../models/route.ts';
import { ironClaw } from './ironclaw.ts';
import { diagrams, exposure, gemini, models, web, wiring } from './testing/wirings.ts';

test('the runtime names itself, and speaks no channel from configuration', () => {
  const { name, version, dialect } = ironClaw();
  expect({ name, version, dialect }).toEqual({ name: 'ironclaw', version: '1.3.0', dialect: {} });
});

test('a minimal agent', () => {
  const alive = { http: { path: '/api/health', port: 'http' } };
  expect(ironClaw().plan(wiring())).toEqual({
    containers: [
      {
        name: 'agent',
        image: images.ironClaw,
        command: ['ironclaw', 'serve', '--host', '0.0.0.0', '--port', '3000'],
        env: {
          HOME: '/tmp',
          IRONCLAW_REBORN_HOME: '/data/ironclaw-reborn',
          IRONCLAW_REBORN_WORKSPACE_ROOT: '/workspace',
          IRONCLAW_REBORN_WEBUI_TOKEN: { secret: 'claw-webui', key: 'token' },
          IRONCLAW_REBORN_WEBUI_USER_ID: 'claw',
          MODEL_KEY_ANTHROPIC: { secret: 'claw-anthropic', key: 'api-key' },
        },
        scratch: [{ path: '/tmp', size: Size.mebibytes(256) }],
        ports: [{ name: 'http', port: 3000 }],
        probes: { startup: alive, liveness: alive, readiness: alive },
        user: { uid: 1000, gid: 1000 },
        resources: {
          requests: { cpu: '100m', memory: Size.mebibytes(256) },
          limits: { memory: Size.gibibytes(1) },
        },
      },
    ],
    files: [
      {
        path: '/data/ironclaw-reborn/config.toml',
        text: `api_version = "ironclaw.runtime/v1"

[boot]
profile = "hosted-single-tenant-volume"

[identity]
tenant = "claw"
default_owner = "claw"
default_agent = "claw"

[webui]
env_token_var = "IRONCLAW_REBORN_WEBUI_TOKEN"
env_user_id_var = "IRONCLAW_REBORN_WEBUI_USER_ID"
allowed_origins = []

[llm.default]
provider_id = "anthropic"
model = "claude-sonnet-4-5"
api_key_env = "MODEL_KEY_ANTHROPIC"
`,
      },
    ],
    state: [
      { name: 'state', path: '/data/ironclaw-reborn', size: Size.gibibytes(2) },
      { name: 'workspace', path: '/workspace', size: Size.gibibytes(2) },
    ],
    workspace: '/workspace',
    shell: images.ironClaw,
    podSecurity: { level: 'restricted' },
    shutdown: Duration.seconds(30),
    gatewayPort: 'http',
    flows: [],
    findings: [],
    problems: [],
  });
});

test('a compatible provider without a key, behind a route', () => {
  const model = route('vllm/qwen3', {
    providers: [openAiCompatible('vllm', { url: 'https://vllm.example.org/v1', key: false })],
  });
  const { files, findings, containers } = ironClaw().plan(wiring({ model, exposure }));
  expect(files[0]?.text).toContain(`allowed_origins = ["https://claw.example.org"]
canonical_host = "claw.example.org"

[llm.default]
provider_id = "openai_compatible"
model = "qwen3"
base_url = "https://vllm.example.org/v1"
`);
  expect(Object.keys(containers[0].env).filter((name) => name.startsWith('MODEL_KEY'))).toEqual([]);
  expect(findings).toEqual([
    {
      rule: 'ironclaw-page-exposed',
      message: 'https://claw.example.org leads to the page of IronClaw',
      why: 'Whoever holds the token commands the agent, installs extensions into it and reads what it keeps. Without one answers /api/health.',
      help: 'Let people sign in at the gateway too, and give the token to operators only.',
    },
  ]);
});

test('fallbacks and MCP servers are problems', () => {
  const { problems, containers } = ironClaw().plan(wiring({ model: models, tools: [web, diagrams] }));
  const server = (name: string) => ({
    message: `runtime ironclaw: tool ${name} is an MCP server`,
    why: 'IronClaw takes MCP servers from its page alone, as extensions that a person installs; no file names them.',
    help: 'Use a runtime that reads MCP servers from its configuration, or remove the tool and install the server on the page.',
  });
  expect(problems).toEqual([
    {
      message: 'runtime ironclaw: model fallbacks (anthropic/claude-sonnet-4-5, openai/gpt-5, my-vllm/qwen3)',
      why: 'The program asks one model, and has no setting for others.',
      help: 'Remove `fallbacks`, or let a gateway such as LiteLLM do it behind one openAiCompatible() provider.',
    },
    server('scrapling'),
    server('draw-io'),
  ]);
  // No key of a model that is never asked.
  expect(Object.keys(containers[0].env).filter((name) => name.startsWith('MODEL_KEY'))).toEqual(['MODEL_KEY_LITELLM']);
});

test('the protocol of Google', () => {
  const { files } = ironClaw().plan(wiring({ model: gemini }));
  expect(files[0]?.text).toContain(
    'provider_id = "gemini"\nmodel = "gemini-2.5-pro"\napi_key_env = "MODEL_KEY_GOOGLE"\n',
  );
});
