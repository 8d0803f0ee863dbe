import { Duration, Size } from 'cdk8s';
import { dump } from 'js-yaml';
import type { Plan, Runtime, Wiring } from '../../agent/plan.ts';
import { type Image, images } from '../../images.ts';
import type { Finding } from '../../problem.ts';
import type { SecretNeed, SecretRef } from '../../secrets/secret.ts';
import { mcpTools } from '../../tools/tool.ts';
import { repeatedKinds, spokenIn } from '../channel-kinds.ts';
import { modelSecrets } from '../model-secrets.ts';
import { dialect, fragmentOf, type Spoken } from './channels.ts';
import { configObject, environmentFile, providerVariable, skills, toolVariable, workspace } from './config.ts';

/** Options of `hermes()`. Size of the state, resources and environment are options of the agent. */
export interface HermesOptions {
  /**
   * Lets the agent run commands and Python in its container; those that Hermes takes for dangerous need an approval in the
   * chat. Needed for scripts of skills.
   * @default false
   */
  readonly terminal?: boolean;
  /** @default `images.hermes` */
  readonly image?: Image;
}

/**
 * Hermes Agent 0.19.0, from its image, with the configuration in its managed scope, read-only and above everything that the
 * program writes itself. The image's init starts as root and drops to uid 10000, so the app needs
 * `podSecurity: 'baseline'`. Its OpenAI-compatible API is on always, since it answers the probes, and wants the token of the
 * secret `api`; behind a route, that API is what people reach. There is no page in it, so no origin is allowed.
 *
 * The configuration was tried with the program of PyPI (`e2e/hermes.e2e.test.ts`). What is particular to the image (s6, its
 * users and folders) is from NousResearch/hermes-agent (Dockerfile, docker/), not run.
 */
export function hermes(options: HermesOptions = {}): Runtime<Spoken> {
  return {
    name: 'hermes',
    version: '0.19.0',
    dialect,
    modelApis: ['anthropic', 'google', 'openai'],
    plan: (wiring) => plan(options, wiring),
  };
}

/** HERMES_HOME of the image. */
const home = '/opt/data';

/** Where Hermes looks for its managed scope. */
const managed = '/etc/hermes';

const apiPort = 8642;

/** The program refuses shorter keys than 16 characters (gateway/platforms/api_server.py). */
const apiSecret: SecretNeed = {
  name: 'api',
  keys: {
    token: 'bearer token for the API on port 8642, such as 64 random hexadecimal digits (at least 16 characters)',
  },
  generated: { token: { type: 'token' } },
};

/** Not API_SERVER_KEY itself: the image writes one of its own into the `.env` of HERMES_HOME, which would win. */
const apiVariable = 'CHITIN_API_SERVER_KEY';

function plan(options: HermesOptions, wiring: Wiring): Plan {
  const channels = spokenIn(dialect, wiring.channels);
  const image = options.image ?? images.hermes;
  const alive = { http: { path: '/health', port: 'api' } };
  return {
    containers: [
      {
        name: 'agent',
        image,
        args: ['gateway', 'run'],
        env: environment(wiring),
        scratch: [
          // s6 keeps its services there, and the container's environment in files.
          { path: '/run', size: Size.mebibytes(64), memory: true },
          { path: '/tmp', size: Size.mebibytes(512) },
        ],
        ports: [{ name: 'api', port: apiPort }],
        probes: { startup: alive, startupSeconds: 300, liveness: alive, readiness: alive },
        user: { uid: 0, gid: 10000 },
        capabilities: ['CHOWN', 'DAC_OVERRIDE', 'KILL', 'SETGID', 'SETUID'],
        resources: {
          requests: { cpu: '250m', memory: Size.gibibytes(1) },
          limits: { memory: options.terminal ? Size.gibibytes(4) : Size.gibibytes(2) },
        },
      },
    ],
    files: [
      { path: `${managed}/config.yaml`, text: dump(configObject(options, wiring), { lineWidth: -1, noRefs: true }) },
      { path: `${managed}/.env`, text: managedEnvironment(wiring) },
    ],
    state: [
      { name: 'state', path: home, size: Size.gibibytes(5) },
      { name: 'workspace', path: workspace, size: Size.gibibytes(5) },
    ],
    workspace,
    skills,
    shell: image,
    podSecurity: {
      level: 'baseline',
      because: 'the init of its image (s6-overlay) starts as root, owns the state volume and drops to uid 10000',
    },
    // The program ends its turns at once (agent.restart_drain_timeout is 0); s6 then waits for what is left.
    shutdown: Duration.seconds(60),
    gatewayPort: 'api',
    flows: [],
    findings: findingsOf(options, wiring),
    problems: repeatedKinds('hermes', channels),
  };
}

/** Every secret, and what the image needs to run on a read-only root. */
function environment(wiring: Wiring): Record<string, string | SecretRef> {
  const env: Record<string, string | SecretRef> = {
    S6_READ_ONLY_ROOT: '1',
    HERMES_WRITE_SAFE_ROOT: workspace,
    ...modelSecrets(wiring, providerVariable),
  };
  for (const channel of spokenIn(dialect, wiring.channels)) {
    for (const [variable, key] of Object.entries(fragmentOf(channel).secrets)) {
      env[variable] = wiring.secret(channel.secret, key);
    }
  }
  for (const { name, endpoint } of mcpTools(wiring.tools)) {
    if (endpoint.auth) env[toolVariable(name)] = endpoint.auth;
  }
  env[apiVariable] = wiring.secret(apiSecret, 'token');
  return env;
}

function managedEnvironment(wiring: Wiring): string {
  const channels = spokenIn(dialect, wiring.channels).map((channel) => fragmentOf(channel).env);
  const values = Object.assign(
    {
      API_SERVER_ENABLED: 'true',
      API_SERVER_HOST: '0.0.0.0',
      API_SERVER_PORT: `${apiPort}`,
      GATEWAY_ALLOW_ALL_USERS: 'false',
    },
    ...channels,
  );
  return environmentFile(values, { API_SERVER_KEY: apiVariable });
}

function findingsOf({ terminal }: HermesOptions, { exposure }: Wiring): Finding[] {
  const commands: Finding = {
    rule: 'hermes-terminal',
    message: 'runtime hermes: the agent runs commands in its container',
    why: 'Those that Hermes does not take for dangerous need no approval. They can read every key in the environment, change the state volume, and reach what the fence allows.',
    help: 'Leave `terminal` out, or accept it with the reason.',
  };
  const exposed: Finding[] = exposure
    ? [
        {
          rule: 'hermes-api-exposed',
          message: `${exposure.origin} leads to the API of Hermes`,
          why: 'Whoever holds the token commands the agent, past the lists of people of its channels. Without one answers /health.',
          help: 'Let people sign in at the gateway too, and give the token to operators only.',
        },
      ]
    : [];
  return [...(terminal ? [commands] : []), ...exposed];
}
