import type { Size } from 'cdk8s';
import type { ReasonedGrant } from '../access/rbac.ts';
import type { ConfigFile, ContainerPlan } from '../agent/plan.ts';
import type { Minor } from '../facts.ts';
import type { Flow } from '../network/flow.ts';
import type { PodSecurityLevel } from '../pod-security.ts';
import type { Finding, Problem } from '../problem.ts';
import type { SecretNeed, SecretRef } from '../secrets/secret.ts';

/** Where a tool runs: beside the agent in its pod, in a pod with a fence of its own, or somewhere that is not ours. */
export type ToolPlace = 'sidecar' | 'pod' | 'remote';

/** How an agent uses a tool. */
export type Endpoint =
  /** An MCP server over streamable HTTP; `auth` is the token that it wants, as a bearer token unless `header` says otherwise. */
  | {
      readonly kind: 'mcp';
      readonly url: string;
      readonly auth?: SecretRef | undefined;
      readonly header?: TokenHeader | undefined;
    }
  /** A browser that is driven over the Chrome DevTools Protocol. */
  | { readonly kind: 'cdp'; readonly url: string }
  /** Programs in a folder, which the program of the agent finds by its `PATH`. */
  | { readonly kind: 'programs'; readonly folder: string };

/** The HTTP header that carries a token. */
export interface TokenHeader {
  /** Letters, digits, `_` and `-`: `X-API-Key`. */
  readonly name: string;
  /** What stands before the token, and a space: `Bearer`. @default nothing */
  readonly scheme?: string | undefined;
}

/** An MCP server, a browser or programs that an agent uses. */
export interface Tool<L extends PodSecurityLevel = PodSecurityLevel> {
  /** DNS label; the agent's configuration and the tool's own objects are named after it. */
  readonly name: string;
  readonly place: ToolPlace;
  /** The strictest Pod Security level that admits it. */
  readonly podSecurity: L;
  /** What the agent's own tools must not do as well, so that it leaves by one path. */
  readonly replaces: readonly 'web'[];
  /** Names of the tools that it offers, for runtimes with an allow-list. */
  readonly tools: readonly string[];
  /** What a reviewer should know of it, wherever it runs. */
  readonly findings: readonly Finding[];
  /** What is wrong with its options. @default nothing */
  readonly problems?: readonly Problem[] | undefined;
  /**
   * What the ServiceAccount of its own pod may do at the API server; only at place `pod`. The token is in that pod alone, so
   * the agent asks the tool and holds none. @default nothing
   */
  readonly grants?: readonly ReasonedGrant[] | undefined;
  /** What the tool's container looks like at its place. `host` is the address at which the agent finds it. */
  plan(at: PlacedAt): ToolPlan;
}

/** The place that an agent gives a tool. */
export interface PlacedAt {
  readonly place: ToolPlace;
  /** `127.0.0.1` in the agent's pod, else the name of the tool's Service. */
  readonly host: string;
  /** The cluster's Kubernetes minor, for programs that have to be of about its age. */
  readonly kubernetes: Minor;
  secret(need: SecretNeed, key: string): SecretRef;
}

/** What a tool needs at its place. */
export interface ToolPlan {
  /** What runs; undefined for a tool that is elsewhere, or that is programs. */
  readonly container?: ContainerPlan | undefined;
  /** What fills the folder of the endpoint, each time before the agent starts; for `programs` only. */
  readonly programs?: ToolPrograms | undefined;
  /** Files of the container, mounted read-only from one ConfigMap. */
  readonly files: readonly ConfigFile[];
  readonly endpoint: Endpoint;
  /** The tool's own connections. A sidecar's join the fence of the agent's pod, since both share its network. */
  readonly flows: readonly Flow[];
  /** What is wrong with its options on this cluster. @default nothing */
  readonly problems?: readonly Problem[] | undefined;
}

/** Programs that are put in place. */
export interface ToolPrograms {
  /** Most that the folder may hold; it is on the node's disk. */
  readonly size: Size;
  /** Containers that run to their end one after the other, and write into the folder of the endpoint. */
  readonly init: readonly ContainerPlan[];
}

/** A tool as a runtime sees it. */
export interface PlacedTool {
  readonly name: string;
  readonly place: ToolPlace;
  readonly endpoint: Endpoint;
  readonly replaces: readonly 'web'[];
  readonly tools: readonly string[];
}

/** A tool that is an MCP server. */
export interface McpTool extends PlacedTool {
  readonly endpoint: Extract<Endpoint, { kind: 'mcp' }>;
}

/** The headers of requests to an MCP server. `token` is how the program's configuration names the secret. */
export function tokenHeaders({ auth, header }: McpTool['endpoint'], token: string): Readonly<Record<string, string>> {
  if (!auth) return {};
  const { name, scheme } = header ?? { name: 'Authorization', scheme: 'Bearer' };
  return { [name]: scheme === undefined ? token : `${scheme} ${token}` };
}

/** The MCP servers among an agent's tools. */
export function mcpTools(tools: readonly PlacedTool[]): McpTool[] {
  return tools.filter((tool): tool is McpTool => tool.endpoint.kind === 'mcp');
}
