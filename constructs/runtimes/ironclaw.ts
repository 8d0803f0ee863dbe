import { Duration, Size } from 'cdk8s';
import type { Plan, Runtime, Wiring } from '../agent/plan.ts';
import { type Image, images } from '../images.ts';
import type { Finding, Problem } from '../problem.ts';
import type { SecretNeed } from '../secrets/secret.ts';
import { mcpTools } from '../tools/tool.ts';
import { fallbackProblems, keyVariable } from './model-secrets.ts';
import { type TomlTable, toml } from './zeroclaw/toml.ts';

/** Options of `ironClaw()`. Size of the state, resources and environment are options of the agent. */
export interface IronClawOptions {
  /** @default `images.ironClaw` */
  readonly image?: Image;
}

/**
 * IronClaw 1.3.0 "Reborn" in its profile `hosted-single-tenant-volume`: one tenant, everything on the volume, no Docker and
 * no Postgres. People reach it by its page, with the token of the secret `webui`; the program does not start without one.
 * It speaks no channel from configuration: Slack and Telegram are installed and set up on that page, and so are MCP servers
 * and skills.
 *
 * From the sources of nearai/ironclaw (docker/reborn/, crates/ironclaw_reborn_config, providers.json), not run.
 */
export function ironClaw(options: IronClawOptions = {}): Runtime<never> {
  return {
    name: 'ironclaw',
    version: '1.3.0',
    dialect: {},
    modelApis: ['anthropic', 'google', 'openai'],
    plan: (wiring) => plan(options, wiring),
  };
}

const home = '/data/ironclaw-reborn';
const workspace = '/workspace';
const port = 3000;

const webSecret: SecretNeed = {
  name: 'webui',
  keys: { token: 'bearer token for the page and its API, such as 64 random hexadecimal digits' },
  generated: { token: { type: 'token' } },
};

function plan(options: IronClawOptions, wiring: Wiring): Plan {
  const { agent, model } = wiring;
  const { provider } = model.primary;
  const image = options.image ?? images.ironClaw;
  const alive = { http: { path: '/api/health', port: 'http' } };
  return {
    containers: [
      {
        name: 'agent',
        image,
        // Past the image's entry point, which copies a default configuration and rewrites older ones.
        command: ['ironclaw', 'serve', '--host', '0.0.0.0', '--port', `${port}`],
        env: {
          HOME: '/tmp',
          IRONCLAW_REBORN_HOME: home,
          IRONCLAW_REBORN_WORKSPACE_ROOT: workspace,
          IRONCLAW_REBORN_WEBUI_TOKEN: wiring.secret(webSecret, 'token'),
          IRONCLAW_REBORN_WEBUI_USER_ID: agent.name,
          ...(provider.secret ? { [keyVariable(provider)]: wiring.secret(provider.secret, 'api-key') } : {}),
        },
        scratch: [{ path: '/tmp', size: Size.mebibytes(256) }],
        ports: [{ name: 'http', port }],
        probes: { startup: alive, liveness: alive, readiness: alive },
        user: { uid: 1000, gid: 1000 },
        resources: {
          requests: { cpu: '100m', memory: Size.mebibytes(256) },
          limits: { memory: Size.gibibytes(1) },
        },
      },
    ],
    files: [{ path: `${home}/config.toml`, text: toml(configTable(wiring)) }],
    state: [
      { name: 'state', path: home, size: Size.gibibytes(2) },
      { name: 'workspace', path: workspace, size: Size.gibibytes(2) },
    ],
    workspace,
    shell: image,
    podSecurity: { level: 'restricted' },
    shutdown: Duration.seconds(30),
    gatewayPort: 'http',
    flows: [],
    findings: findingsOf(wiring),
    problems: [...fallbackProblems('ironclaw', wiring), ...toolProblems(wiring)],
  };
}

/** The public services as its catalogue names them (providers.json). */
const services = { anthropic: 'anthropic', google: 'gemini', openai: 'openai' } as const;

/** `config.toml`; unknown keys stop the program, and so does what looks like a secret (config_file.rs, secrets_guard.rs). */
function configTable({ agent, model, exposure, cluster }: Wiring): TomlTable {
  const { provider, model: name } = model.primary;
  return {
    api_version: 'ironclaw.runtime/v1',
    boot: { profile: 'hosted-single-tenant-volume' },
    identity: { tenant: agent.name, default_owner: agent.name, default_agent: agent.name },
    webui: {
      env_token_var: 'IRONCLAW_REBORN_WEBUI_TOKEN',
      env_user_id_var: 'IRONCLAW_REBORN_WEBUI_USER_ID',
      // Without them every request of another origin is refused, and a forged Host would pass for the same origin.
      allowed_origins: exposure ? [exposure.origin] : [],
      canonical_host: exposure?.host,
    },
    llm: {
      default: {
        provider_id: provider.baseUrl ? 'openai_compatible' : services[provider.api],
        model: name,
        api_key_env: provider.secret ? keyVariable(provider) : undefined,
        base_url: provider.baseUrl?.(cluster.serviceDomain),
      },
    },
  };
}

function toolProblems({ tools }: Wiring): Problem[] {
  return mcpTools(tools).map(({ name }) => ({
    message: `runtime ironclaw: tool ${name} is an MCP server`,
    why: 'IronClaw takes MCP servers from its page alone, as extensions that a person installs; no file names them.',
    help: 'Use a runtime that reads MCP servers from its configuration, or remove the tool and install the server on the page.',
  }));
}

function findingsOf({ exposure }: Wiring): Finding[] {
  if (!exposure) return [];
  return [
    {
      rule: 'ironclaw-page-exposed',
      message: `${exposure.origin} leads to the page of IronClaw`,
      why: 'Whoever holds the token commands the agent, installs extensions into it and reads what it keeps. Without one answers /api/health.',
      help: 'Let people sign in at the gateway too, and give the token to operators only.',
    },
  ];
}
