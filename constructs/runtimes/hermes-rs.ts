import { Duration, Size } from 'cdk8s';
import { dump } from 'js-yaml';
import type { Plan, Runtime, Wiring } from '../agent/plan.ts';
import type { ChannelOf } from '../channels/channel.ts';
import type { TelegramOptions } from '../channels/telegram.ts';
import type { Image } from '../images.ts';
import type { Finding, Problem } from '../problem.ts';
import type { SecretNeed, SecretRef } from '../secrets/secret.ts';
import { mcpTools } from '../tools/tool.ts';
import { anyPlace, repeatedKinds, spokenIn } from './channel-kinds.ts';
import { fallbackProblems, protocolProblems } from './model-secrets.ts';
import { mark, renderedConfig } from './rendered-config.ts';

/** Options of `hermesRs()`. Size of the state, resources and environment are options of the agent. */
export interface HermesRsOptions {
  /** Nobody publishes one: an image of your own, with `hermes` on the PATH and with `/bin/sh`. */
  readonly image: Image;
}

/**
 * Who is obeyed, by id. It compares usernames as well, which start with a letter on Telegram. On Discord they may be digits,
 * so that a stranger could take the id of somebody for a name: not spoken (crates/hermes-gateway/src/discord.rs).
 */
const dialect = {
  telegram: ({ people }: TelegramOptions): readonly string[] => people.map(String),
} as const;

type Spoken = keyof typeof dialect;

/**
 * Hermes Agent RS 0.1.1 (willamhou/hermes-agent-rs), another program than Hermes Agent, from an image of your own, as uid
 * 10000. `config.yaml` holds the tokens of channels and API, since it takes them from nowhere else; an init container writes
 * it into memory. Behind a route, its API wants the token of the secret `api`. Commands that it takes for dangerous are
 * refused: nobody is asked in a chat.
 *
 * From its sources (crates/hermes-config, crates/hermes-gateway), not run.
 */
export function hermesRs(options: HermesRsOptions): Runtime<Spoken> {
  return { name: 'hermes-rs', version: '0.1.1', dialect, plan: (wiring) => plan(options, wiring) };
}

/** HERMES_HOME: `config.yaml`, sessions, memories, jobs. */
const home = '/data';
const workspace = '/workspace';
const skills = `${home}/skills`;
const port = 8080;
const apiVariable = 'API_TOKEN';

const apiSecret: SecretNeed = {
  name: 'api',
  keys: { token: 'bearer token for the API on port 8080, such as 64 random hexadecimal digits' },
  generated: { token: { type: 'token' } },
};

function plan({ image }: HermesRsOptions, wiring: Wiring): Plan {
  const channels = spokenIn(dialect, wiring.channels);
  const user = { uid: 10000, gid: 10000 };
  const config = renderedConfig({
    file: 'config.yaml',
    text: dump(configObject(wiring, channels), { lineWidth: -1, noRefs: true }),
    secrets: {
      ...Object.fromEntries(
        channels.map(({ kind, secret }) => [tokenVariable(kind), wiring.secret(secret, 'bot-token')]),
      ),
      [apiVariable]: wiring.secret(apiSecret, 'token'),
    },
    image,
    user,
  });
  const alive = { http: { path: '/health', port: 'api' } };
  return {
    init: [config.init],
    containers: [
      {
        name: 'agent',
        image,
        // It works in the folder that it is started in.
        command: ['/bin/sh', '-c', `cd ${workspace} && exec hermes gateway`],
        env: { HOME: '/tmp', HERMES_HOME: home, ...modelKey(wiring) },
        scratch: [
          { path: '/tmp', size: Size.mebibytes(256) },
          { path: skills, size: Size.mebibytes(16) },
        ],
        ports: [{ name: 'api', port }],
        probes: { startup: alive, liveness: alive, readiness: alive },
        user,
        resources: {
          requests: { cpu: '50m', memory: Size.mebibytes(64) },
          limits: { memory: Size.mebibytes(512) },
        },
        mounts: [config.mount(`${home}/config.yaml`)],
      },
    ],
    files: [],
    folders: [config.folder],
    shared: [config.shared],
    state: [
      { name: 'state', path: home, size: Size.gibibytes(1) },
      { name: 'workspace', path: workspace, size: Size.gibibytes(2) },
    ],
    workspace,
    skills,
    shell: image,
    podSecurity: { level: 'restricted' },
    // It has no orderly stop: it ends at the signal.
    shutdown: Duration.seconds(10),
    gatewayPort: 'api',
    flows: [],
    findings: [...anyPlace('hermes-rs', channels), ...exposureFindings(wiring)],
    problems: [
      ...protocolProblems('hermes-rs', wiring, ['anthropic', 'openai']),
      ...fallbackProblems('hermes-rs', wiring),
      ...repeatedKinds('hermes-rs', channels),
      ...toolProblems(wiring),
    ],
  };
}

function tokenVariable(kind: Spoken): string {
  return `CHANNEL_${kind.toUpperCase()}_BOT_TOKEN`;
}

function configObject({ model, cluster }: Wiring, channels: readonly ChannelOf<Spoken>[]): object {
  const { provider, model: name } = model.primary;
  const adapters = channels.map(({ kind, options }) => [
    kind,
    { token: mark(tokenVariable(kind)), allowed_users: dialect[kind](options), allow_all: false },
  ]);
  return {
    model: `${provider.api}/${name}`,
    ...(provider.baseUrl ? { base_url: provider.baseUrl(cluster.serviceDomain) } : {}),
    approval: { policy: 'deny' },
    gateway: {
      ...Object.fromEntries(adapters),
      // It answers the probes, so it is always on; without a key it would admit everybody.
      api_server: { bind_addr: `0.0.0.0:${port}`, api_key: mark(apiVariable) },
    },
  };
}

/** The program takes the key of its model from the environment, and does not start without one. */
function modelKey({ model, secret }: Wiring): Record<string, string | SecretRef> {
  const { provider } = model.primary;
  const variable = provider.api === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'OPENAI_API_KEY';
  return { [variable]: provider.secret ? secret(provider.secret, 'api-key') : 'none' };
}

function toolProblems({ tools }: Wiring): Problem[] {
  return mcpTools(tools).map(({ name }) => ({
    message: `runtime hermes-rs: tool ${name} is an MCP server`,
    why: 'Its gateway makes its tools without the MCP servers of the configuration, which its command line alone connects.',
    help: 'Use a runtime with MCP servers, or remove the tool.',
  }));
}

function exposureFindings({ exposure }: Wiring): Finding[] {
  if (!exposure) return [];
  return [
    {
      rule: 'hermes-rs-api-exposed',
      message: `${exposure.origin} leads to the API of Hermes Agent RS`,
      why: 'Whoever holds the token commands the agent, past the lists of people of its channels. Without one answers /health.',
      help: 'Let people sign in at the gateway too, and give the token to operators only.',
    },
  ];
}
