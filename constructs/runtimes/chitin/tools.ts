import type { Wiring } from '../../agent/plan.ts';
import { mcpTools, tokenHeaders } from '../../tools/tool.ts';
import type { ChitinConfig } from './config-types.ts';
import type { ChitinOptions } from './options.ts';
import type { SecretFiles } from './secret-files.ts';

type ToolsConfig = NonNullable<ChitinConfig['tools']>;

/** The token of the account that opens pull requests. */
export const forgeSecret = {
  name: 'forge',
  keys: { token: 'token of the forge account that proposes changes: reads the repository, opens pull requests' },
} as const;

/** `tools`: nothing is offered that is not named. */
export function toolsConfig(
  { files = true, memory = true, patches }: ChitinOptions,
  wiring: Wiring,
  secrets: SecretFiles,
): ToolsConfig {
  const servers = mcpTools(wiring.tools);
  const namespaces = readableNamespaces(wiring);
  return {
    ...(files ? { files: {} } : {}),
    ...(memory ? { memory: {} } : {}),
    ...(servers.length > 0
      ? {
          mcp: Object.fromEntries(
            servers.map(({ name, endpoint, tools }) => [
              name,
              {
                url: endpoint.url,
                ...authConfig(endpoint, secrets),
                tools: Object.fromEntries(tools.map((tool) => [tool, {}])),
              },
            ]),
          ),
        }
      : {}),
    ...(namespaces.length > 0 ? { kubernetes: { namespaces } } : {}),
    ...(patches ? { proposePatch: { ...patches, token: secrets.file(wiring.secret(forgeSecret, 'token')) } } : {}),
  };
}

type McpEndpoint = ReturnType<typeof mcpTools>[number]['endpoint'];

function authConfig(endpoint: McpEndpoint, secrets: SecretFiles) {
  if (!endpoint.auth) return {};
  const [[header, prefix] = ['Authorization', 'Bearer ']] = Object.entries(tokenHeaders(endpoint, ''));
  return { auth: { header: header.toLowerCase(), prefix, secret: secrets.file(endpoint.auth) } };
}

/** The namespaces that the grants open for reading, `*` for all; none without a grant, and then there are no views at all. */
export function readableNamespaces({ grants, agent }: Pick<Wiring, 'grants' | 'agent'>): string[] {
  const readable = grants.filter(({ rules }) =>
    rules.some(({ verbs }) => verbs.some((verb) => reading.includes(verb))),
  );
  const namespaces = readable.flatMap(({ scope }) => {
    if (scope === 'cluster') return ['*'];
    return scope === 'namespace' ? [agent.namespace] : scope.namespaces;
  });
  return namespaces.includes('*') ? ['*'] : [...new Set(namespaces)].sort();
}

/** Verbs that change nothing. */
export const reading: readonly string[] = ['get', 'list', 'watch'];
