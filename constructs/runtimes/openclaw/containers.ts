import { readFileSync } from 'node:fs';
import { Size } from 'cdk8s';
import type { ConfigFolder, ContainerPlan, Mount, Resources, Wiring } from '../../agent/plan.ts';
import type { Image } from '../../images.ts';
import type { SecretNeed, SecretRef } from '../../secrets/secret.ts';
import { mcpTools } from '../../tools/tool.ts';
import { spokenIn } from '../channel-kinds.ts';
import { modelSecrets } from '../model-secrets.ts';
import { channelVariable, dialect, fragmentOf } from './channels.ts';
import { configOf, executorName, gatewayVariable, neededPlugins, toolVariable } from './config.ts';
import {
  configFolder,
  configName,
  forwarderPort,
  gatewayPort,
  home,
  scriptFolder,
  stateFolder,
  volumeFolder,
  volumeFolders,
  workspaceFolder,
} from './layout.ts';
import { nodeOptions, usualMemory } from './memory.ts';
import { modelVariable } from './models.ts';
import type { OpenClawOptions } from './options.ts';
import { type ProxyMode, proxyMode } from './proxy.ts';
import type { Profile } from './version.ts';

const gatewaySecret: SecretNeed = {
  name: 'gateway',
  keys: { token: 'token for the gateway of OpenClaw, such as 64 random hexadecimal digits' },
  generated: { token: { type: 'token' } },
};

/** The image's `node` (docs/install/docker.md). */
export const user = { uid: 1000, gid: 1000 };

/** What every start of OpenClaw has: nothing of it asks the network about itself. */
const quiet = { HOME: home, OPENCLAW_DISABLE_BONJOUR: '1', OPENCLAW_NO_AUTO_UPDATE: '1' };

/** Folders that it writes to beside its state: logs and compile cache, and what npm and others keep in a home. */
const scratch = [
  { path: '/tmp', size: Size.mebibytes(512) },
  { path: `${home}/.cache`, size: Size.mebibytes(512) },
  { path: `${home}/.config`, size: Size.mebibytes(16) },
  { path: `${home}/.local`, size: Size.mebibytes(64) },
  { path: `${home}/.npm`, size: Size.mebibytes(512) },
];

const stateMount: Mount = { volume: 'state', path: stateFolder, subPath: volumeFolders.state };
const scriptMount: Mount = { volume: 'scripts', path: scriptFolder };

/** Our programs, as they stand beside this file. */
const scripts = {
  config: read('config'),
  folders: read('folders'),
  forwarder: read('forwarder'),
  plugins: read('plugins'),
};

function read(name: string): string {
  return readFileSync(new URL(`scripts/${name}.mjs`, import.meta.url), 'utf8');
}

/** Everything that the parts of the pod are made from. */
export interface Parts {
  readonly profile: Profile;
  readonly options: OpenClawOptions;
  readonly wiring: Wiring;
  readonly image: Image;
}

/** The configuration and our programs, as folders. */
export function folders({ profile, options, wiring }: Parts): ConfigFolder[] {
  const text = `${JSON.stringify(configOf(profile, options, wiring), null, 2)}\n`;
  return [
    { name: 'config', files: { [configName]: text } },
    ...(options.exec === 'executor' ? [{ name: 'executor-config', files: { [configName]: executorConfig } }] : []),
    {
      name: 'scripts',
      files: {
        'folders.mjs': scripts.folders,
        ...(isImmutable(options) ? {} : { 'config.mjs': scripts.config }),
        ...(installs(options, wiring) ? { 'plugins.mjs': scripts.plugins } : {}),
        ...(proxyMode(options, wiring) === 'forwarder' ? { 'forwarder.mjs': scripts.forwarder } : {}),
      },
    },
  ];
}

/** What runs before OpenClaw: folders that belong to it, its configuration where it may write to it, and plugins. */
export function initContainers(parts: Parts): ContainerPlan[] {
  const { profile, options, wiring } = parts;
  const executor = [volumeFolders.executor, `${volumeFolders.executor}/workspace`, `${volumeFolders.state}/workspace`];
  const made = [volumeFolders.state, ...(options.exec === 'executor' ? executor : [])];
  const live = `${stateFolder}/${configName}`;
  const packages = neededPlugins(wiring).map((name) => `${name}@${profile.plugins}`);
  return [
    {
      ...script(
        parts,
        'folders',
        made.map((folder) => `${volumeFolder}/${folder}`),
      ),
      mounts: [{ volume: 'state', path: volumeFolder }, scriptMount],
    },
    ...(isImmutable(options)
      ? []
      : [
          {
            ...script(parts, 'config', [options.configMode ?? '', `${configFolder}/${configName}`, live]),
            mounts: [stateMount, scriptMount, { volume: 'config', path: configFolder }],
          },
        ]),
    ...(installs(options, wiring)
      ? [
          {
            ...script(parts, 'plugins', [`${stateFolder}/installed-plugins`, ...packages]),
            // It enables what it installs in a configuration, which is not the agent's.
            env: { ...quiet, OPENCLAW_STATE_DIR: stateFolder, OPENCLAW_CONFIG_PATH: '/tmp/openclaw.json' },
            scratch,
            resources: {
              requests: { cpu: '100m', memory: Size.mebibytes(256) },
              limits: { memory: Size.gibibytes(1) },
            },
            mounts: [stateMount, scriptMount],
          },
        ]
      : []),
  ];
}

/** OpenClaw itself. */
export function gatewayContainer({ profile, options, wiring, image }: Parts): ContainerPlan {
  const alive = { http: { path: '/healthz', port: 'gateway' } };
  const proxy = proxyMode(options, wiring);
  return {
    name: 'agent',
    image,
    args: ['openclaw', 'gateway', 'run'],
    env: {
      ...quiet,
      OPENCLAW_STATE_DIR: stateFolder,
      OPENCLAW_CONFIG_PATH: `${isImmutable(options) ? configFolder : stateFolder}/${configName}`,
      ...(isImmutable(options) ? profile.immutable : {}),
      ...nodeOptions(options, wiring),
      ...secretsOf(wiring),
    },
    scratch,
    ports: [{ name: 'gateway', port: gatewayPort }],
    probes: {
      startup: startupProbe(profile, proxy) ?? alive,
      // Until it listens it took 52 s on two busy processors.
      startupSeconds: 300,
      liveness: alive,
      // From loopback, where no proxy is expected.
      readiness: options.readiness === 'channels' ? { exec: ['node', '-e', readyScript] } : alive,
    },
    user,
    resources: resources(options),
    mounts: isImmutable(options) ? [{ volume: 'config', path: configFolder }] : [],
  };
}

/** Where the kubelet's own address may be one of the trusted proxies, `/healthz` alone answers it. */
function startupProbe({ startupPath }: Profile, proxy: ProxyMode | undefined) {
  if (startupPath === undefined || proxy === 'addresses') return undefined;
  return { http: { path: startupPath, port: 'gateway' } };
}

const readyScript = `fetch('http://127.0.0.1:${gatewayPort}/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`;

/** Commands of the agent, away from its keys. The workspace is OpenClaw's; the device that it is paired as is its own. */
export function executorContainer({ profile, wiring, image }: Parts): ContainerPlan {
  return {
    name: 'executor',
    image,
    args: [
      'openclaw',
      'node',
      'run',
      ...['--host', '127.0.0.1', '--port', `${gatewayPort}`, '--display-name', executorName],
      ...profile.executorArguments,
    ],
    env: {
      ...quiet,
      OPENCLAW_STATE_DIR: stateFolder,
      OPENCLAW_CONFIG_PATH: `${configFolder}/${configName}`,
      ...profile.immutable,
      [gatewayVariable]: wiring.secret(gatewaySecret, 'token'),
    },
    scratch,
    ports: [],
    probes: {},
    user,
    resources: { requests: { cpu: '50m', memory: Size.mebibytes(256) }, limits: { memory: Size.gibibytes(1) } },
    mounts: [
      { volume: 'state', path: stateFolder, subPath: volumeFolders.executor },
      { volume: 'state', path: workspaceFolder, subPath: `${volumeFolders.state}/workspace` },
      { volume: 'executor-config', path: configFolder },
    ],
    apiToken: true,
    runsCommands: true,
  };
}

/** Takes the connections of the cluster's gateway: docs/decisions/0008-openclaw-behind-a-gateway.md. */
export function forwarderContainer({ image }: Parts): ContainerPlan {
  const listens = { tcp: { port: 'forwarder' } };
  return {
    name: 'forwarder',
    image,
    args: ['node', `${scriptFolder}/forwarder.mjs`, `${forwarderPort}`, `${gatewayPort}`],
    env: {},
    scratch: [],
    ports: [{ name: 'forwarder', port: forwarderPort }],
    probes: { startup: listens, liveness: listens, readiness: listens },
    user,
    resources: { requests: { cpu: '10m', memory: Size.mebibytes(64) }, limits: { memory: Size.mebibytes(192) } },
    mounts: [scriptMount],
  };
}

/** No browser, no helpers that ask the network, and no programs that the gateway did not ask for. */
const executorConfig = `${JSON.stringify(
  {
    gateway: { mode: 'local' },
    browser: { enabled: false },
    nodeHost: { browserProxy: { enabled: false } },
    // What OpenClaw asks for runs; 2026.7.1-2 would want a person's approval of each command, and has nobody to ask.
    tools: { exec: { mode: 'full' } },
    update: { checkOnStart: false },
  },
  null,
  2,
)}\n`;

function isImmutable({ configMode }: OpenClawOptions): boolean {
  return (configMode ?? 'immutable') === 'immutable';
}

function installs({ plugins }: OpenClawOptions, wiring: Wiring): boolean {
  return plugins === 'init' && neededPlugins(wiring).length > 0;
}

function script({ image }: Parts, name: keyof typeof scripts, args: readonly string[]): ContainerPlan {
  return {
    name: `openclaw-${name}`,
    image,
    command: ['node', `${scriptFolder}/${name}.mjs`, ...args],
    env: {},
    scratch: [],
    ports: [],
    probes: {},
    user,
    resources: { requests: { cpu: '50m', memory: Size.mebibytes(64) }, limits: { memory: Size.mebibytes(192) } },
  };
}

/** Idle: a quarter of a processor at its start, and 0.9 to 1.1 GB (2026.9.6). */
function resources({ memory }: OpenClawOptions): Resources {
  return {
    requests: { cpu: '250m', memory: Size.gibibytes(1) },
    limits: { memory: memory ?? usualMemory },
  };
}

/** Variable to secret: the gateway's token, keys of models, secrets of channels, tokens of MCP servers. */
function secretsOf(wiring: Wiring): Record<string, SecretRef> {
  const secrets: Record<string, SecretRef> = {
    [gatewayVariable]: wiring.secret(gatewaySecret, 'token'),
    ...modelSecrets(wiring, modelVariable),
  };
  for (const channel of spokenIn(dialect, wiring.channels)) {
    for (const key of Object.values(fragmentOf(channel).secrets)) {
      secrets[channelVariable(channel.kind, key)] = wiring.secret(channel.secret, key);
    }
    // OpenClaw has no key for it: a person gives it to the command that verifies the device.
    if (channel.kind === 'matrix') secrets.MATRIX_RECOVERY_KEY = wiring.secret(channel.secret, 'recovery-key');
  }
  for (const { name, endpoint } of mcpTools(wiring.tools)) {
    if (endpoint.auth) secrets[toolVariable(name)] = endpoint.auth;
  }
  return secrets;
}
