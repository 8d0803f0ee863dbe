import type { Wiring } from '../../agent/plan.ts';
import { mcpTools, tokenHeaders } from '../../tools/tool.ts';
import { spokenIn } from '../channel-kinds.ts';
import { keyVariable } from '../model-secrets.ts';
import { mark } from '../rendered-config.ts';
import { replacesWeb } from '../web-replacement.ts';
import { channelVariable, dialect, fragmentOf } from './channels.ts';
import type { PicoClawOptions } from './picoclaw.ts';

export const gatewayPort = 18790;

/** Variable with the token that people show to an exposed gateway. */
export const gatewayVariable = 'GATEWAY_TOKEN';

export const workspace = '/workspace';

/** Mounted from outside the workspace, so that the program cannot change them. */
export const skills = '/opt/skills';

/** The variable with the token of an MCP server. */
export function toolVariable(name: string): string {
  return `MCP_TOKEN_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Native protocols: `anthropic` would be Anthropic's layer for OpenAI clients (pkg/providers/factory_provider.go). */
const protocols = { anthropic: 'anthropic-messages', google: 'gemini', openai: 'openai' } as const;

/**
 * `config.json`, version 3, as PicoClaw 0.2.9 reads it; it refuses to start with an unknown key
 * (pkg/config/diagnostics.go). Secrets are marks, which the init container replaces.
 */
export function configObject(options: PicoClawOptions, wiring: Wiring): object {
  const names = wiring.model.fallbacks.map((_, index) => `fallback-${index + 1}`);
  const shell = options.shell ?? false;
  const webOff = replacesWeb(wiring.tools);
  return {
    version: 3,
    agents: {
      defaults: {
        workspace,
        restrict_to_workspace: true,
        model_name: 'primary',
        ...(names.length > 0 ? { model_fallbacks: names } : {}),
      },
    },
    model_list: [wiring.model.primary, ...wiring.model.fallbacks].map((ref, index) => ({
      model_name: ['primary', ...names][index],
      provider: protocols[ref.provider.api],
      model: ref.model,
      ...(ref.provider.baseUrl ? { api_base: ref.provider.baseUrl(wiring.cluster.serviceDomain) } : {}),
      ...(ref.provider.secret ? { api_keys: [mark(keyVariable(ref.provider))] } : {}),
      enabled: true,
    })),
    channel_list: channels(wiring),
    gateway: { host: '*', port: gatewayPort, log_level: 'info' },
    tools: {
      // The patterns are regular expressions.
      ...(wiring.skills.length > 0 ? { allow_read_paths: [`^${skills}/`] } : {}),
      exec: { enabled: shell },
      cron: { allow_command: shell },
      // Both ask registries of skills on the internet, and install what they find.
      find_skills: { enabled: false },
      install_skill: { enabled: false },
      ...(webOff ? { web: { enabled: false }, web_fetch: { enabled: false } } : {}),
      ...mcp(wiring),
    },
  };
}

function channels(wiring: Wiring): object {
  const entries = spokenIn(dialect, wiring.channels).map((channel) => {
    const { allow_from, secrets } = fragmentOf(channel);
    const settings = Object.fromEntries(
      Object.keys(secrets).map((field) => [field, mark(channelVariable(channel.kind, field))]),
    );
    return [channel.kind, { enabled: true, type: channel.kind, allow_from, settings }] as const;
  });
  if (!wiring.exposure) return Object.fromEntries(entries);
  // Whoever shows the token is admitted, so that a list of people would add nothing.
  const settings = { token: mark(gatewayVariable), allow_origins: [wiring.exposure.origin] };
  return { ...Object.fromEntries(entries), pico: { enabled: true, type: 'pico', allow_from: ['*'], settings } };
}

function mcp(wiring: Wiring): object {
  const tools = mcpTools(wiring.tools);
  if (tools.length === 0) return {};
  const servers = tools.map(({ name, endpoint }) => [
    name,
    {
      enabled: true,
      type: 'http',
      url: endpoint.url,
      ...(endpoint.auth ? { headers: tokenHeaders(endpoint, mark(toolVariable(name))) } : {}),
    },
  ]);
  return { mcp: { enabled: true, servers: Object.fromEntries(servers) } };
}
