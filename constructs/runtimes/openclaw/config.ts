import type { Wiring } from '../../agent/plan.ts';
import { mcpTools, type PlacedTool, tokenHeaders } from '../../tools/tool.ts';
import { spokenIn } from '../channel-kinds.ts';
import { replacesWeb } from '../web-replacement.ts';
import { channelVariable, dialect, fragmentOf } from './channels.ts';
import type { CommonConfig, CurrentConfig, GatewayConfig, LegacyConfig } from './config-types.ts';
import { hooksConfig } from './hooks.ts';
import { gatewayPort, skillFolder, workspaceFolder } from './layout.ts';
import { modelName, modelProviders } from './models.ts';
import type { OpenClawOptions } from './options.ts';
import { proxyMode, trustedProxies } from './proxy.ts';
import type { Profile } from './version.ts';

/** Variable with the token that people and the executor show to the gateway; OpenClaw's own name for it. */
export const gatewayVariable = 'OPENCLAW_GATEWAY_TOKEN';

/** What the executor calls itself, and what OpenClaw finds it by. */
export const executorName = 'executor';

/** The variable with the token of an MCP server. */
export function toolVariable(name: string): string {
  return `MCP_TOKEN_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** npm packages of the plugins that the agent's channels need. */
export function neededPlugins({ channels }: Wiring): string[] {
  return spokenIn(dialect, channels).flatMap((channel) => fragmentOf(channel).plugin ?? []);
}

/** `openclaw.json`: every secret is a `${VARIABLE}`, which OpenClaw replaces in memory. */
export function configOf(profile: Profile, options: OpenClawOptions, wiring: Wiring): CurrentConfig | LegacyConfig {
  const config = profile.schema === 'current' ? current(options, wiring) : legacy(options, wiring);
  return overlaid(config, options.extra ?? {}) as CurrentConfig | LegacyConfig;
}

function current(options: OpenClawOptions, wiring: Wiring): CurrentConfig {
  const browser = browserOf(wiring.tools);
  return {
    ...common(options, wiring),
    gateway: {
      ...gateway(options, wiring),
      ...(wiring.exposure ? { publicOrigin: wiring.exposure.origin } : {}),
      nodes: { pairing: { sshVerify: false } },
    },
    models: { mode: 'merge', ...providers(wiring), catalogRefresh: { enabled: false } },
    browser: browser ? { ...browser.settings, profiles: { [browser.name]: browser.profile } } : { enabled: false },
  };
}

function legacy(options: OpenClawOptions, wiring: Wiring): LegacyConfig {
  const browser = browserOf(wiring.tools);
  return {
    ...common(options, wiring),
    models: { mode: 'merge', ...providers(wiring), pricing: { enabled: false } },
    browser: browser
      ? { ...browser.settings, profiles: { [browser.name]: { ...browser.profile, color: '#00AA00' } } }
      : { enabled: false },
  };
}

function common(options: OpenClawOptions, wiring: Wiring): CommonConfig {
  const { model, skills } = wiring;
  const hooks = hooksConfig(options, wiring);
  return {
    gateway: gateway(options, wiring),
    agents: {
      defaults: {
        workspace: workspaceFolder,
        model: { primary: modelName(model.primary), fallbacks: model.fallbacks.map(modelName) },
      },
    },
    ...channels(options, wiring),
    ...(hooks ? { hooks } : {}),
    ...mcp(wiring),
    // Skills change with the pod alone.
    ...(skills.length > 0 ? { skills: { load: { extraDirs: [skillFolder], watch: false } } } : {}),
    tools: tools(options, wiring),
    discovery: { mdns: { mode: 'off' } },
    update: { checkOnStart: false },
  };
}

/** It listens on every address: the kubelet asks it there, and the fence decides who else gets through. */
function gateway(options: OpenClawOptions, wiring: Wiring): GatewayConfig {
  const { exposure } = wiring;
  const proxies = trustedProxies(proxyMode(options, wiring), wiring);
  return {
    mode: 'local',
    port: gatewayPort,
    bind: 'lan',
    auth: { mode: 'token', token: `\${${gatewayVariable}}` },
    controlUi: exposure ? { enabled: true, allowedOrigins: [exposure.origin] } : { enabled: false },
    ...(proxies ? { trustedProxies: proxies } : {}),
    // A change of what is mounted is a roll-out.
    reload: { mode: (options.configMode ?? 'immutable') === 'immutable' ? 'off' : 'hybrid' },
    // A shell for whoever is signed in.
    terminal: { enabled: false },
  };
}

function providers(wiring: Wiring): { providers?: Readonly<Record<string, object>> } {
  const entries = modelProviders(wiring);
  return Object.keys(entries).length > 0 ? { providers: entries } : {};
}

function channels({ plugins }: OpenClawOptions, wiring: Wiring): Pick<CommonConfig, 'channels' | 'plugins'> {
  const entries = spokenIn(dialect, wiring.channels).flatMap((channel) => {
    const { settings, secrets } = fragmentOf(channel);
    if (!settings) return [];
    const values = Object.entries(secrets).map(([field, key]) => [field, `\${${channelVariable(channel.kind, key)}}`]);
    return [[channel.kind, { enabled: true, ...settings, ...Object.fromEntries(values) }] as const];
  });
  const kinds = spokenIn(dialect, wiring.channels).filter((channel) => fragmentOf(channel).plugin !== undefined);
  return {
    ...(entries.length > 0 ? { channels: Object.fromEntries(entries) } : {}),
    ...(plugins !== undefined && kinds.length > 0
      ? { plugins: { entries: Object.fromEntries(kinds.map(({ kind }) => [kind, { enabled: true as const }])) } }
      : {}),
  };
}

function mcp(wiring: Wiring): Pick<CommonConfig, 'mcp'> {
  const servers = mcpTools(wiring.tools).map(({ name, endpoint }) => [
    name,
    {
      url: endpoint.url,
      transport: 'streamable-http',
      ...(endpoint.auth ? { headers: tokenHeaders(endpoint, `\${${toolVariable(name)}}`) } : {}),
    },
  ]);
  return servers.length > 0 ? { mcp: { servers: Object.fromEntries(servers) } } : {};
}

/** `x_search` is the third tool of OpenClaw's group of web tools (docs/gateway/config-tools/tool-policy.md). */
const webTools = ['web_fetch', 'web_search', 'x_search'];

/** `group:runtime` of OpenClaw: everything that runs programs. */
const runtimeTools = ['exec', 'process', 'code_execution'];

function tools({ exec = 'off' }: OpenClawOptions, wiring: Wiring): CommonConfig['tools'] {
  const web = replacesWeb(wiring.tools);
  const deny = [...(web ? webTools : []), ...(exec === 'off' ? runtimeTools : [])];
  return {
    ...(deny.length > 0 ? { deny } : {}),
    ...(web ? { web: { fetch: { enabled: false }, search: { enabled: false } } } : {}),
    exec: exec === 'off' ? { mode: 'deny' } : commandsAt(exec),
  };
}

function commandsAt(exec: 'gateway' | 'executor'): CommonConfig['tools']['exec'] {
  // Without its name, 2026.7.1-2 finds more than one node and refuses.
  return exec === 'executor' ? { host: 'node', node: executorName } : { host: 'gateway' };
}

/** The browser among the tools; OpenClaw's image has none of its own. */
function browserOf(placed: readonly PlacedTool[]) {
  const tool = placed.find(({ endpoint }) => endpoint.kind === 'cdp');
  if (tool?.endpoint.kind !== 'cdp') return undefined;
  const { url } = tool.endpoint;
  const host = URL.parse(url)?.hostname ?? '';
  return {
    name: tool.name,
    profile: { cdpUrl: url, attachOnly: true },
    settings: {
      enabled: true,
      defaultProfile: tool.name,
      // OpenClaw refuses a browser at a private address other than loopback, unless its host is named.
      ...(host === '127.0.0.1' ? {} : { ssrfPolicy: { allowedHostnames: [host] } }),
    },
  } as const;
}

/** What the author wrote over what the adapter wrote: objects key by key, everything else as one value. */
export function overlaid(ours: unknown, author: unknown): unknown {
  if (!isObject(ours) || !isObject(author)) return author;
  const merged = new Map<string, unknown>(Object.entries(ours));
  for (const [key, value] of Object.entries(author)) {
    merged.set(key, Object.hasOwn(ours, key) ? overlaid(ours[key], value) : value);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
