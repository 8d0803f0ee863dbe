import { Duration, Size } from 'cdk8s';
import type { Plan, Runtime, Wiring } from '../../agent/plan.ts';
import { images } from '../../images.ts';
import type { Finding, Problem } from '../../problem.ts';
import type { SecretRef } from '../../secrets/secret.ts';
import { aliasOf, aliasProblems, variable } from './alias.ts';
import { approvalProblems } from './approval.ts';
import { channelProblems, dialect, spoken } from './channels.ts';
import { commandFindings, commandProblems } from './commands.ts';
import { configTable, type Settings, settingsOf } from './config.ts';
import { gatewayFindings, gatewayPort, gatewaySecret } from './gateway.ts';
import { configFile, installRoot, sharedFolder, skillFolder, workspaceFolder } from './layout.ts';
import { modelEntries } from './models.ts';
import type { ZeroClawOptions } from './options.ts';
import { skillProblems } from './skills.ts';
import { toml } from './toml.ts';
import { webReplacement } from './web.ts';

/**
 * ZeroClaw 0.8.7, from its release image, with `config.toml` read-only and every secret in an environment variable:
 * it has no variables that name files. Behind a route the gateway wants the token of the secret `gateway`; without a route
 * it admits nobody.
 */
export function zeroClaw(options: ZeroClawOptions = {}): Runtime<'matrix'> {
  return { name: 'zeroclaw', version: '0.8.7', dialect, plan: (wiring) => plan(options, wiring) };
}

function plan(options: ZeroClawOptions, wiring: Wiring): Plan {
  const settings = settingsOf(options, wiring);
  const { alias } = settings;
  const needsShell = settings.allowedCommands.length > 0;
  const health = { http: { path: '/health', port: 'gateway' } };
  return {
    containers: [
      {
        name: 'agent',
        image: options.image ?? (needsShell || wiring.seeded ? images.zeroClawDebian : images.zeroClaw),
        command: ['zeroclaw', 'daemon'],
        env: environment(wiring, alias),
        scratch: [
          { path: '/tmp', size: Size.mebibytes(256) },
          { path: sharedFolder, size: Size.mebibytes(16) },
        ],
        ports: [{ name: 'gateway', port: gatewayPort }],
        probes: { startup: health, liveness: health, readiness: health },
        user: { uid: 65534, gid: 65534 },
        resources: {
          requests: { cpu: '100m', memory: Size.mebibytes(128) },
          // The daemon alone idles at 68 MiB; commands run in the same container.
          limits: { memory: needsShell ? Size.gibibytes(1) : Size.mebibytes(512) },
        },
      },
    ],
    files: [{ path: configFile, text: toml(configTable(settings, wiring)) }],
    state: [{ name: 'state', path: installRoot, size: Size.gibibytes(2) }],
    workspace: workspaceFolder(alias),
    skills: skillFolder(alias),
    shell: options.image ?? images.zeroClawDebian,
    podSecurity: { level: 'restricted' },
    // Connections 6 s, channels 6 s and components 0.5 s, one after the other (zeroclaw-runtime 0.8.7, daemon/mod.rs).
    shutdown: Duration.seconds(30),
    gatewayPort: 'gateway',
    flows: [],
    findings: findingsOf(settings, options, wiring),
    problems: problemsOf(options, settings, wiring),
  };
}

/** Where the configuration is, and every secret as the variable that sets its field (zeroclaw-config 0.8.7, env_overrides.rs). */
function environment(wiring: Wiring, alias: string): Record<string, string | SecretRef> {
  // A writable home: commands keep caches there.
  const env: Record<string, string | SecretRef> = { HOME: '/tmp', ZEROCLAW_CONFIG_DIR: installRoot };
  for (const entry of modelEntries(wiring.model)) {
    const { secret } = entry.ref.provider;
    if (!secret) continue;
    env[variable('providers', 'models', entry.family, entry.alias, 'api_key')] = wiring.secret(secret, 'api-key');
  }
  for (const channel of spoken(wiring.channels)) {
    for (const [field, key] of Object.entries(dialect[channel.kind](channel.options).secrets)) {
      env[variable('channels', channel.kind, alias, field)] = wiring.secret(channel.secret, key);
    }
  }
  for (const tool of wiring.tools) {
    if (!tool.auth) continue;
    // Kubernetes puts the token in; the order of the two matters to it.
    const token = `MCP_TOKEN_${aliasOf(tool.name).toUpperCase()}`;
    env[token] = tool.auth;
    env[variable('mcp', 'servers', aliasOf(tool.name), 'headers', 'authorization')] = `Bearer $(${token})`;
  }
  if (wiring.exposure) env[variable('gateway', 'paired_tokens')] = wiring.secret(gatewaySecret, 'token');
  return env;
}

function findingsOf({ level, metrics }: Settings, options: ZeroClawOptions, wiring: Wiring): Finding[] {
  const autonomy: Finding = {
    rule: 'zeroclaw-full-autonomy',
    message: 'runtime zeroclaw: level full',
    why: 'The agent never asks before it acts, and its file tools leave the workspace.',
    help: "Use level 'supervised' with `autoApprove`, or accept it with the reason.",
  };
  return [
    ...(level === 'full' ? [autonomy] : []),
    ...commandFindings(options.commands ?? [], webReplacement(wiring.tools)),
    ...gatewayFindings(wiring.exposure, metrics),
  ];
}

function problemsOf(options: ZeroClawOptions, settings: Settings, wiring: Wiring): Problem[] {
  const { agent, tools } = wiring;
  return [
    ...aliasProblems(`agent "${agent.name}"`, agent.name),
    ...reservedProblems(settings.alias),
    ...tools.flatMap(({ name }) => aliasProblems(`tool "${name}"`, name)),
    ...sharedAliases(tools.map(({ name }) => name)),
    ...channelProblems(spoken(wiring.channels)),
    ...commandProblems(options.commands ?? [], settings.level),
    ...approvalProblems(options.autoApprove ?? [], tools),
    ...rateProblems(settings.actionsPerHour),
    ...wiring.skills.flatMap(skillProblems),
  ];
}

/** `default` is upstream's bridge from old configurations: a profile of that name gets its approvals back at every load. */
function reservedProblems(alias: string): Problem[] {
  if (alias !== 'default') return [];
  return [
    {
      message: 'runtime zeroclaw: an agent cannot be named "default"',
      why: 'ZeroClaw adds its own automatic approvals, web tools among them, to a profile of that name.',
      help: 'Give it another name.',
    },
  ];
}

function sharedAliases(names: readonly string[]): Problem[] {
  const taken = new Map<string, string>();
  return names.flatMap((name): Problem[] => {
    const alias = aliasOf(name);
    const other = taken.get(alias);
    taken.set(alias, other ?? name);
    if (other === undefined || other === name) return [];
    return [
      {
        message: `tools "${other}" and "${name}" would both be "${alias}" in ZeroClaw's configuration`,
        why: 'ZeroClaw tells MCP servers apart by that name.',
        help: 'Rename one of them.',
      },
    ];
  });
}

function rateProblems(actionsPerHour: number): Problem[] {
  if (Number.isInteger(actionsPerHour) && actionsPerHour >= 1 && actionsPerHour < 2 ** 32) return [];
  return [
    {
      message: `runtime zeroclaw: actionsPerHour is ${actionsPerHour}`,
      why: 'ZeroClaw takes a whole number, and refuses every tool call at 0.',
      help: 'Give a whole number from 1 to 4294967295.',
    },
  ];
}
