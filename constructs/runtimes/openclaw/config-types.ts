import type { HooksConfig } from './hooks.ts';

/** `openclaw.json`, as far as the adapter writes it, in the words that both schemas have. */
export interface CommonConfig {
  readonly gateway: GatewayConfig;
  readonly agents: {
    readonly defaults: {
      readonly workspace: string;
      readonly model: { readonly primary: string; readonly fallbacks: readonly string[] };
    };
  };
  readonly channels?: Readonly<Record<string, object>> | undefined;
  readonly plugins?: { readonly entries: Readonly<Record<string, { readonly enabled: true }>> } | undefined;
  readonly hooks?: HooksConfig | undefined;
  readonly mcp?: { readonly servers: Readonly<Record<string, McpServer>> } | undefined;
  readonly skills?: { readonly load: { readonly extraDirs: readonly string[]; readonly watch: false } } | undefined;
  readonly tools: ToolsConfig;
  readonly discovery: { readonly mdns: { readonly mode: 'off' } };
  readonly update: { readonly checkOnStart: false };
}

/** `gateway`, in the words that both schemas have. */
export interface GatewayConfig {
  readonly mode: 'local';
  readonly port: number;
  readonly bind: 'lan';
  readonly auth: { readonly mode: 'token'; readonly token: string };
  readonly controlUi: { readonly enabled: boolean; readonly allowedOrigins?: readonly string[] | undefined };
  readonly trustedProxies?: readonly string[] | undefined;
  readonly reload: { readonly mode: 'off' | 'hybrid' };
  readonly terminal: { readonly enabled: false };
}

interface McpServer {
  readonly url: string;
  readonly transport: 'streamable-http';
  readonly headers?: { readonly Authorization: string } | undefined;
}

interface ToolsConfig {
  readonly deny?: readonly string[] | undefined;
  readonly web?:
    | { readonly fetch: { readonly enabled: false }; readonly search: { readonly enabled: false } }
    | undefined;
  readonly exec:
    | { readonly mode: 'deny' }
    | { readonly host: 'gateway' }
    | { readonly host: 'node'; readonly node: string };
}

interface Models {
  readonly mode: 'merge';
  readonly providers?: Readonly<Record<string, object>> | undefined;
}

interface BrowserProfile {
  readonly cdpUrl: string;
  readonly attachOnly: true;
}

interface Browser<P> {
  readonly enabled: true;
  readonly defaultProfile: string;
  readonly profiles: Readonly<Record<string, P>>;
  readonly ssrfPolicy?: { readonly allowedHostnames: readonly string[] } | undefined;
}

/** 2026.9. */
export interface CurrentConfig extends CommonConfig {
  readonly gateway: GatewayConfig & {
    readonly publicOrigin?: string | undefined;
    /** Without it the gateway would log in to other hosts by SSH to find out whether a device is its own. */
    readonly nodes: { readonly pairing: { readonly sshVerify: false } };
  };
  readonly models: Models & { readonly catalogRefresh: { readonly enabled: false } };
  readonly browser: { readonly enabled: false } | Browser<BrowserProfile>;
}

/** 2026.7: a profile of a browser has to have a colour, and there is no public origin. */
export interface LegacyConfig extends CommonConfig {
  readonly models: Models & { readonly pricing: { readonly enabled: false } };
  readonly browser: { readonly enabled: false } | Browser<BrowserProfile & { readonly color: `#${string}` }>;
}
