import { Duration, Size } from 'cdk8s';
import type { Plan, Runtime, Wiring } from '../../agent/plan.ts';
import { images } from '../../images.ts';
import type { SecretRef } from '../../secrets/secret.ts';
import { mcpTools, tokenHeaders } from '../../tools/tool.ts';
import { aliasOf, variable } from './alias.ts';
import { dialect, fragmentOf, type Spoken, spoken, webhookPath, webhookPort } from './channels.ts';
import { findingsOf, problemsOf } from './checks.ts';
import { configTable, settingsOf } from './config.ts';
import { gatewayPort, gatewaySecret } from './gateway.ts';
import { configFile, installRoot, sharedFolder, skillFolder, workspaceFolder } from './layout.ts';
import { modelEntries } from './models.ts';
import type { ZeroClawOptions } from './options.ts';
import { toml } from './toml.ts';

/**
 * ZeroClaw 0.8.7, from its release image, with `config.toml` read-only and every secret in an environment variable:
 * it has no variables that name files. Behind a route the gateway wants the token of the secret `gateway`; without a route
 * it admits nobody.
 */
export function zeroClaw(options: ZeroClawOptions = {}): Runtime<Spoken> {
  return {
    name: 'zeroclaw',
    version: '0.8.7',
    dialect,
    modelApis: ['anthropic', 'google', 'openai'],
    plan: (wiring) => plan(options, wiring),
  };
}

function plan(options: ZeroClawOptions, wiring: Wiring): Plan {
  const settings = settingsOf(options, wiring);
  const { alias } = settings;
  const needsShell = settings.allowedCommands.length > 0;
  const called = wiring.channels.some(({ kind }) => kind === 'webhook');
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
        ports: [{ name: 'gateway', port: gatewayPort }, ...(called ? [{ name: 'webhook', port: webhookPort }] : [])],
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
    webhooks: called ? { port: 'webhook', path: webhookPath } : undefined,
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
    for (const [field, key] of Object.entries(fragmentOf(channel).secrets)) {
      env[variable('channels', channel.kind, alias, field)] = wiring.secret(channel.secret, key);
    }
  }
  for (const { name, endpoint } of mcpTools(wiring.tools)) {
    if (!endpoint.auth) continue;
    // Kubernetes puts the token in; the order of the two matters to it.
    const token = `MCP_TOKEN_${aliasOf(name).toUpperCase()}`;
    env[token] = endpoint.auth;
    for (const [header, value] of Object.entries(tokenHeaders(endpoint, `$(${token})`))) {
      env[variable('mcp', 'servers', aliasOf(name), 'headers', header.toLowerCase())] = value;
    }
  }
  if (wiring.exposure) env[variable('gateway', 'paired_tokens')] = wiring.secret(gatewaySecret, 'token');
  return env;
}
