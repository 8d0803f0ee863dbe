import { Duration, Size } from 'cdk8s';
import type { Plan, Runtime, Wiring } from '../../agent/plan.ts';
import { type Image, images } from '../../images.ts';
import type { Finding } from '../../problem.ts';
import type { SecretNeed, SecretRef } from '../../secrets/secret.ts';
import { mcpTools } from '../../tools/tool.ts';
import { anyPlace, repeatedKinds, spokenIn } from '../channel-kinds.ts';
import { modelSecrets } from '../model-secrets.ts';
import { renderedConfig } from '../rendered-config.ts';
import { channelVariable, dialect, fragmentOf, type Spoken } from './channels.ts';
import { configObject, gatewayPort, gatewayVariable, skills, toolVariable, workspace } from './config.ts';

/** Options of `picoClaw()`. Size of the state, resources and environment are options of the agent. */
export interface PicoClawOptions {
  /**
   * Lets the agent run any command in its container, without asking: PicoClaw has a list of patterns that it refuses, and
   * none of what it allows. Needed for scripts of skills.
   * @default false
   */
  readonly shell?: boolean;
  /** @default `images.picoClaw` */
  readonly image?: Image;
}

/**
 * PicoClaw 0.2.9, from its release image, as uid 65534 instead of the image's root. `config.json` holds every secret, since
 * it takes keys of models and headers of MCP servers from nowhere else; an init container writes it into memory. Behind a
 * route, `/pico/ws` wants the token of the secret `gateway`.
 *
 * From the sources of v0.2.9 (docker/, pkg/config, pkg/gateway, pkg/channels), not run: `e2e/picoclaw.e2e.test.ts` runs it
 * where the program is.
 */
export function picoClaw(options: PicoClawOptions = {}): Runtime<Spoken> {
  return {
    name: 'picoclaw',
    version: '0.2.9',
    dialect,
    modelApis: ['anthropic', 'google', 'openai'],
    plan: (wiring) => plan(options, wiring),
  };
}

/** PICOCLAW_HOME: logs, the PID file, and what `picoclaw auth` keeps. Sessions, memory and jobs are in the workspace. */
const home = '/var/lib/picoclaw';

const gatewaySecret: SecretNeed = {
  name: 'gateway',
  keys: { token: 'token for the WebSocket /pico/ws, such as 64 random hexadecimal digits' },
  generated: { token: { type: 'token' } },
};

function plan(options: PicoClawOptions, wiring: Wiring): Plan {
  const image = options.image ?? images.picoClaw;
  const user = { uid: 65534, gid: 65534 };
  const config = renderedConfig({
    file: 'config.json',
    text: `${JSON.stringify(configObject(options, wiring), null, 2)}\n`,
    secrets: secretsOf(wiring),
    image,
    user,
  });
  const alive = { http: { path: '/health', port: 'gateway' } };
  return {
    init: [config.init],
    containers: [
      {
        name: 'agent',
        image,
        // Past the image's entry point, which ends with 0 after a first run.
        command: ['picoclaw', 'gateway'],
        env: {
          HOME: '/tmp',
          PICOCLAW_HOME: home,
          PICOCLAW_CONFIG: '/etc/picoclaw/config.json',
          PICOCLAW_BUILTIN_SKILLS: skills,
        },
        scratch: [{ path: '/tmp', size: Size.mebibytes(256) }],
        ports: [{ name: 'gateway', port: gatewayPort }],
        probes: { startup: alive, liveness: alive, readiness: { http: { path: '/ready', port: 'gateway' } } },
        user,
        resources: {
          requests: { cpu: '50m', memory: Size.mebibytes(64) },
          limits: { memory: options.shell ? Size.gibibytes(1) : Size.mebibytes(256) },
        },
        mounts: [config.mount('/etc/picoclaw/config.json')],
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
    // Channels and services 15 s (pkg/gateway/gateway.go, gracefulShutdownTimeout), then the turn that runs.
    shutdown: Duration.seconds(30),
    gatewayPort: 'gateway',
    flows: [],
    findings: findingsOf(options, wiring),
    problems: repeatedKinds('picoclaw', spokenIn(dialect, wiring.channels)),
  };
}

function secretsOf(wiring: Wiring): Record<string, SecretRef> {
  const secrets = modelSecrets(wiring);
  for (const channel of spokenIn(dialect, wiring.channels)) {
    for (const [field, key] of Object.entries(fragmentOf(channel).secrets)) {
      secrets[channelVariable(channel.kind, field)] = wiring.secret(channel.secret, key);
    }
  }
  for (const { name, endpoint } of mcpTools(wiring.tools)) {
    if (endpoint.auth) secrets[toolVariable(name)] = endpoint.auth;
  }
  if (wiring.exposure) secrets[gatewayVariable] = wiring.secret(gatewaySecret, 'token');
  return secrets;
}

function findingsOf({ shell }: PicoClawOptions, { channels, exposure }: Wiring): Finding[] {
  const runsAnything: Finding = {
    rule: 'picoclaw-shell',
    message: 'runtime picoclaw: the agent runs any command in its container, without an approval',
    why: 'What it can read there includes its configuration with every key, and what it can reach is what the fence allows.',
    help: 'Leave `shell` out, or accept it with the reason.',
  };
  const exposed: Finding[] = exposure
    ? [
        {
          rule: 'picoclaw-gateway-exposed',
          message: `${exposure.origin} leads to the whole gateway of PicoClaw`,
          why: 'Whoever holds the token commands the agent over /pico/ws. Without one answer /health and /ready.',
          help: 'Let people sign in at the gateway too, and give the token to operators only.',
        },
      ]
    : [];
  return [...(shell ? [runsAnything] : []), ...anyPlace('picoclaw', spokenIn(dialect, channels)), ...exposed];
}
