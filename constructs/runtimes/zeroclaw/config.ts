import type { Wiring } from '../../agent/plan.ts';
import { mcpTools } from '../../tools/tool.ts';
import { aliasOf } from './alias.ts';
import { defaultApprovals, type ZeroClawTool } from './approval.ts';
import { fragmentOf, spoken } from './channels.ts';
import { gatewayTable } from './gateway.ts';
import { installRoot, skillFolder } from './layout.ts';
import { modelEntries, modelName, modelTables } from './models.ts';
import type { AutonomyLevel, ZeroClawOptions } from './options.ts';
import { hasShellScript, runnableFiles } from './skills.ts';
import type { TomlTable } from './toml.ts';
import { webOff, webReplacement, webTools } from './web.ts';

/** Options with their defaults, and what follows from the wiring. */
export interface Settings {
  /** The agent's name in the configuration; every section that the agent has for itself is called so. */
  readonly alias: string;
  readonly level: AutonomyLevel;
  /** Everything that the shell may run: the author's commands, and the skills' scripts by absolute path. */
  readonly allowedCommands: readonly string[];
  readonly autoApprove: readonly ZeroClawTool[];
  readonly actionsPerHour: number;
  readonly metrics: boolean;
}

export function settingsOf(options: ZeroClawOptions, wiring: Wiring): Settings {
  const alias = aliasOf(wiring.agent.name);
  const level = options.level ?? 'supervised';
  const scripts = wiring.skills.flatMap((skill) =>
    runnableFiles(skill).map((path) => `${skillFolder(alias)}/${skill.name}/${path}`),
  );
  return {
    alias,
    level,
    allowedCommands: level === 'readonly' ? [] : [...(options.commands ?? []), ...scripts],
    autoApprove: options.autoApprove ?? defaultApprovals(wiring.tools),
    actionsPerHour: options.actionsPerHour ?? 200,
    metrics: options.metrics ?? false,
  };
}

/**
 * Directories that the agent's file tools and command lines may not name; the most specific rule wins, so the workspace
 * and the skills stay open. ZeroClaw's own list (policy.rs, `default_forbidden_paths`), `/run`, which is the real place of
 * `/var/run` with the API token, and the install root with Matrix session, keys and databases: `full` would open both.
 */
const forbiddenPaths = [
  ...'/bin /boot /dev /etc /home /lib /opt /proc /root /run /sbin /sys /tmp /usr /var'.split(' '),
  ...'~/.aws ~/.config ~/.gnupg ~/.ssh'.split(' '),
  installRoot,
];

/** `config.toml`, schema version 3, as zeroclaw-config 0.8.7 reads it. */
export function configTable(settings: Settings, wiring: Wiring): TomlTable {
  const { alias } = settings;
  const models = modelEntries(wiring.model);
  const channels = spoken(wiring.channels);
  const [primary] = models;
  return {
    schema_version: 3,
    agents: {
      [alias]: {
        model_provider: primary && modelName(primary),
        risk_profile: alias,
        runtime_profile: alias,
        channels: channels.map(({ kind }) => `${kind}.${alias}`),
        // Omission grants no server and no skill.
        mcp_bundles: mcpTools(wiring.tools).length > 0 ? [alias] : undefined,
        skill_bundles: wiring.skills.length > 0 ? [alias] : undefined,
      },
    },
    risk_profiles: { [alias]: riskProfile(settings, wiring) },
    runtime_profiles: { [alias]: { max_actions_per_hour: settings.actionsPerHour } },
    providers: { models: modelTables(models, wiring.cluster.serviceDomain) },
    ...channelTables(channels, alias),
    ...toolTables(wiring, alias),
    ...skillTables(wiring, alias),
    gateway: gatewayTable(wiring.exposure),
    observability: settings.metrics ? { backend: 'prometheus' } : undefined,
    ...(webReplacement(wiring.tools) ? webOff : {}),
  };
}

/**
 * Commands start with PATH, HOME and little more (zeroclaw-runtime 0.8.7, tools/shell_env.rs). Kubernetes clients find the
 * API server, and credentials mounted as files are found, by these; none of them holds a secret.
 */
function commandVariables({ credentialVariables }: Wiring): string[] {
  return ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT', ...credentialVariables];
}

/** Every list is written: a missing one takes defaults, which allow Python and Node and approve web tools. */
function riskProfile(settings: Settings, wiring: Wiring): TomlTable {
  const shell = settings.allowedCommands.length > 0;
  return {
    level: settings.level,
    workspace_only: true,
    allowed_commands: settings.allowedCommands,
    forbidden_paths: forbiddenPaths,
    auto_approve: settings.autoApprove,
    excluded_tools: [...(webReplacement(wiring.tools) ? webTools : []), ...(shell ? [] : ['shell'])],
    shell_env_passthrough: shell ? commandVariables(wiring) : [],
  };
}

function channelTables(channels: ReturnType<typeof spoken>, alias: string): TomlTable {
  const tables: Record<string, TomlTable> = {};
  const groups: Record<string, TomlTable> = {};
  for (const channel of channels) {
    const { kind } = channel;
    const { settings, peers } = fragmentOf(channel);
    // A channel is off unless it says otherwise, and most are deaf without a peer group.
    tables[kind] = { [alias]: { enabled: true, ...settings } };
    if (peers) groups[kind] = { channel: `${kind}.${alias}`, agents: [alias], external_peers: peers };
  }
  if (channels.length === 0) return {};
  return { channels: tables, peer_groups: Object.keys(groups).length > 0 ? groups : undefined };
}

function toolTables(wiring: Wiring, alias: string): TomlTable {
  const tools = mcpTools(wiring.tools);
  if (tools.length === 0) return {};
  const names = tools.map(({ name }) => aliasOf(name));
  return {
    mcp: { servers: tools.map(({ endpoint: { url } }, index) => ({ name: names[index], transport: 'http', url })) },
    mcp_bundles: { [alias]: { servers: names } },
  };
}

function skillTables({ skills }: Wiring, alias: string): TomlTable {
  if (skills.length === 0) return {};
  return {
    skill_bundles: { [alias]: { directory: skillFolder(alias) } },
    skills: skills.some(hasShellScript) ? { allow_scripts: true } : undefined,
  };
}
