import { Duration, Size } from 'cdk8s';
import type { Plan, Runtime, Wiring } from '../../agent/plan.ts';
import { dialect, type Spoken } from './channels.ts';
import { findingsOf, pluginFlows, problemsOf } from './checks.ts';
import {
  executorContainer,
  folders,
  forwarderContainer,
  gatewayContainer,
  initContainers,
  type Parts,
} from './containers.ts';
import { hooksPath, webhookSources } from './hooks.ts';
import { skillFolder, stateFolder, volumeFolders, workspaceFolder } from './layout.ts';
import type { BundledKind, BundledOptions, OpenClawOptions, PluginOptions } from './options.ts';
import { proxyMode } from './proxy.ts';
import { profileOf, profiles } from './version.ts';

/**
 * OpenClaw, from its release image, with a configuration that the release's own parser accepts and cannot change, and every
 * secret in an environment variable. Channels other than Telegram and webhooks have to say where their plugins come from.
 */
export function openClaw(options: BundledOptions): Runtime<BundledKind>;
export function openClaw(options: PluginOptions): Runtime<Spoken>;
export function openClaw(options: OpenClawOptions): Runtime<Spoken> {
  return {
    name: 'openclaw',
    version: options.version,
    dialect,
    modelApis: ['anthropic', 'google', 'openai'],
    toolKinds: ['mcp', 'cdp', 'programs'],
    plan: (wiring) => plan(options, wiring),
  };
}

function plan(options: OpenClawOptions, wiring: Wiring): Plan {
  // For one that is not known there is a problem, and nothing is written.
  const profile = profileOf(options.version) ?? profiles['2026.9.6'];
  const parts: Parts = { profile, options, wiring, image: options.image ?? profile.image };
  const forwarded = proxyMode(options, wiring) === 'forwarder';
  return {
    containers: [
      gatewayContainer(parts),
      ...(options.exec === 'executor' ? [executorContainer(parts)] : []),
      ...(forwarded ? [forwarderContainer(parts)] : []),
    ],
    init: initContainers(parts),
    files: [],
    folders: folders(parts),
    state: [{ name: 'state', path: stateFolder, subPath: volumeFolders.state, size: Size.gibibytes(10) }],
    workspace: workspaceFolder,
    skills: skillFolder,
    shell: parts.image,
    podSecurity: { level: 'restricted' },
    // It drains for 315 s and ends after 330 s at the latest ("Gateway stop policy=330000ms" in its log).
    shutdown: Duration.seconds(340),
    gatewayPort: forwarded ? 'forwarder' : 'gateway',
    openRequests: true,
    webhooks: webhookSources(wiring).length > 0 ? { port: 'gateway', path: hooksPath } : undefined,
    flows: pluginFlows(options, wiring),
    findings: findingsOf(options, wiring),
    problems: problemsOf(options, wiring),
  };
}
