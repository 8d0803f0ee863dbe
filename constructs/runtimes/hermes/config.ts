import type { Wiring } from '../../agent/plan.ts';
import type { Provider } from '../../models/provider.ts';
import type { ModelRef } from '../../models/route.ts';
import { mcpTools, tokenHeaders } from '../../tools/tool.ts';
import { keyVariable } from '../model-secrets.ts';
import { replacesWeb } from '../web-replacement.ts';
import type { HermesOptions } from './hermes.ts';

export const workspace = '/workspace';

/** Outside HERMES_HOME, where the agent keeps skills that it writes itself. */
export const skills = '/opt/skills';

/** The variable with the token of an MCP server. */
export function toolVariable(name: string): string {
  return `MCP_TOKEN_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The public services as Hermes names them, and the variables that it takes their keys from (hermes_cli/auth.py). */
const services = {
  anthropic: { name: 'anthropic', variable: 'ANTHROPIC_API_KEY' },
  google: { name: 'gemini', variable: 'GEMINI_API_KEY' },
  openai: { name: 'openai-api', variable: 'OPENAI_API_KEY' },
} as const;

/** The variable with the key of a provider. */
export function providerVariable(provider: Provider): string {
  return provider.baseUrl ? keyVariable(provider) : services[provider.api].variable;
}

/**
 * The managed `config.yaml` of Hermes 0.19.0: its values win over those of the file in HERMES_HOME, key by key, and stay
 * where nobody in the container can write (hermes_cli/managed_scope.py). Lists are replaced as a whole. Unknown keys are
 * passed over without a word. `${NAME}` is the program's own way to take a value from its environment.
 */
export function configObject(options: HermesOptions, wiring: Wiring): object {
  const { primary, fallbacks, providers } = wiring.model;
  const own = providers.filter(({ baseUrl }) => baseUrl);
  const tools = mcpTools(wiring.tools);
  const disabled = [
    ...(options.terminal ? [] : ['terminal', 'code_execution', 'computer_use']),
    ...(replacesWeb(wiring.tools) ? ['web', 'search', 'browser', 'x_search'] : []),
  ];
  return {
    model: { provider: providerName(primary), default: primary.model },
    fallback_providers: fallbacks.map((ref) => ({ provider: providerName(ref), model: ref.model })),
    ...(own.length > 0
      ? { providers: Object.fromEntries(own.map((provider) => [provider.name, entry(provider, wiring)])) }
      : {}),
    agent: { disabled_toolsets: disabled },
    terminal: { backend: 'local', cwd: workspace },
    // The default lets a model decide which commands a person has to approve.
    approvals: { mode: 'manual', cron_mode: 'deny' },
    // Otherwise a stranger who writes to it gets a pairing code for an operator to approve.
    unauthorized_dm_behavior: 'ignore',
    // Otherwise it fetches a program from GitHub at the first command.
    security: { tirith_enabled: false },
    skills: { external_dirs: wiring.skills.length > 0 ? [skills] : [] },
    mcp_servers: Object.fromEntries(
      tools.map(({ name, endpoint }) => [
        name,
        {
          url: endpoint.url,
          ...(endpoint.auth ? { headers: tokenHeaders(endpoint, `\${${toolVariable(name)}}`) } : {}),
        },
      ]),
    ),
  };
}

function providerName({ provider }: ModelRef): string {
  return provider.baseUrl ? `custom:${provider.name}` : services[provider.api].name;
}

function entry(provider: Provider, { cluster }: Wiring): object {
  return {
    base_url: provider.baseUrl?.(cluster.serviceDomain),
    ...(provider.secret ? { key_env: providerVariable(provider) } : {}),
  };
}

/**
 * The managed `.env`, which is read last and wins (hermes_cli/env_loader.py): the `.env` in HERMES_HOME, which the image
 * makes and the agent's own programs can write, would otherwise win over the variables of the container.
 *
 * @param values plain values
 * @param references variable to the variable of the container that holds its secret
 */
export function environmentFile(
  values: Readonly<Record<string, string>>,
  references: Readonly<Record<string, string>>,
): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = [
    ...Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}`),
    ...Object.entries(references).map(([name, variable]) => `${name}=\${${variable}}`),
  ];
  return `${lines.join('\n')}\n`;
}
