import { Size } from 'cdk8s';
import type { ContainerPlan } from '../agent/plan.ts';
import { images } from '../images.ts';
import type { Flow } from '../network/flow.ts';
import type { Finding } from '../problem.ts';
import type { SecretNeed } from '../secrets/secret.ts';
import {
  SCRAPLING_PATH,
  SCRAPLING_TOKEN_VARIABLE,
  SCRAPLING_TOOLS,
  type ScraplingTool,
  scraplingCommand,
} from './scrapling-command.ts';
import type { PlacedAt, Tool, ToolPlace, ToolPlan } from './tool.ts';

/** Options of `scrapling()`. */
export interface ScraplingOptions {
  /**
   * `sidecar` shares the agent's network, so the agent itself can open what the tool may open; `pod` isolates it.
   * @default 'sidecar'
   */
  readonly place?: ToolPlace;
  /** Tools to offer. @default `get` and `bulk_get`, which need no browser */
  readonly tools?: readonly [ScraplingTool, ...ScraplingTool[]];
  readonly browser?: false;
}

/** Options of `scrapling()` with its browser. */
export interface ScraplingBrowserOptions {
  /**
   * Never a sidecar: its tools open any address, and on the loopback that they would share the agent's program may
   * answer without a token (ZeroClaw's `/admin`).
   * @default 'pod'
   */
  readonly place?: 'pod';
  /** All of upstream's tools. Chromium lies below `/root` in the image, so it runs as root: `podSecurity: 'baseline'` on the app. */
  readonly browser: true;
}

const token: SecretNeed = {
  name: 'scrapling',
  keys: { token: 'bearer token between agent and Scrapling: any long random text' },
  generated: { token: { type: 'token' } },
};
const port = 8000;

/** Scrapling: the web for agents, by MCP. While it is there, the agent's own web tools are off. */
export function scrapling(options?: ScraplingOptions): Tool<'restricted'>;
export function scrapling(options: ScraplingBrowserOptions): Tool<'baseline'>;
export function scrapling(options: ScraplingOptions | ScraplingBrowserOptions = {}): Tool {
  const common = { name: 'scrapling', replaces: ['web'] } as const;
  if (options.browser) {
    return {
      ...common,
      place: 'pod',
      podSecurity: 'baseline',
      tools: browserTools,
      findings: [browserFinding],
      plan: browserPlan,
    };
  }
  const tools = options.tools ?? SCRAPLING_TOOLS;
  return {
    ...common,
    place: options.place ?? 'sidecar',
    podSecurity: 'restricted',
    tools,
    findings: [],
    plan: (at) => httpPlan(at, tools),
  };
}

/** docs/decisions/0003-scrapling-server.md */
const browserFinding: Finding = {
  rule: 'scrapling-browser',
  message: "tool scrapling with its browser runs upstream's server as root, with all its tools",
  why: 'Its `get` also reads file:// URLs, its own environment with the token among them, and the agent chooses proxies, headers and redirects.',
  help: 'Use scrapling() without the browser, or accept it with the reason.',
};

/** Upstream's tools (D4Vinci/Scrapling 0.4.14: docs/ai/mcp-server.md). */
const browserTools = [
  'get',
  'bulk_get',
  'fetch',
  'bulk_fetch',
  'stealthy_fetch',
  'bulk_stealthy_fetch',
  'screenshot',
  'open_session',
  'close_session',
  'list_sessions',
];

function httpPlan(at: PlacedAt, tools: readonly [ScraplingTool, ...ScraplingTool[]]): ToolPlan {
  const command =
    at.place === 'sidecar'
      ? scraplingCommand({ host: '127.0.0.1', port, tools })
      : scraplingCommand({ host: '0.0.0.0', port, tools, allowedHosts: [`${at.host}:${port}`] });
  const auth = at.place === 'pod' ? at.secret(token, 'token') : undefined;
  return {
    container: container(at, {
      command: command.command,
      env: auth ? { [SCRAPLING_TOKEN_VARIABLE]: auth } : {},
      probe: command.probe,
      writable: [],
      uid: 65534,
      memory: Size.mebibytes(512),
    }),
    files: command.files,
    endpoint: { kind: 'mcp', url: `http://${at.host}:${port}${SCRAPLING_PATH}`, auth },
    flows: [web],
  };
}

function browserPlan(at: PlacedAt): ToolPlan {
  const auth = at.secret(token, 'token');
  return {
    container: container(at, {
      command: [
        '/app/.venv/bin/scrapling',
        'mcp',
        '--http',
        '--host',
        '0.0.0.0',
        '--port',
        `${port}`,
        '--allowed-host',
        `${at.host}:${port}`,
      ],
      env: { [SCRAPLING_TOKEN_VARIABLE]: auth },
      probe: [
        '/app/.venv/bin/python',
        '-c',
        `import socket; socket.create_connection(("127.0.0.1", ${port}), 3).close()`,
      ],
      writable: ['/tmp', '/dev/shm'],
      uid: 0,
      memory: Size.gibibytes(2),
    }),
    files: [],
    endpoint: { kind: 'mcp', url: `http://${at.host}:${port}${SCRAPLING_PATH}`, auth },
    flows: [web],
  };
}

const web: Flow = {
  direction: 'out',
  peer: { kind: 'internet' },
  ports: [{ port: 443 }, { port: 80 }],
  because: 'tool scrapling fetches web pages',
};

function container(
  at: PlacedAt,
  plan: {
    readonly command: readonly string[];
    readonly env: ContainerPlan['env'];
    readonly probe: readonly string[];
    readonly writable: readonly string[];
    readonly uid: number;
    readonly memory: Size;
  },
): ContainerPlan {
  return {
    name: 'scrapling',
    image: images.scrapling,
    command: plan.command,
    env: plan.env,
    scratch: plan.writable.map((path) => ({ path, size: Size.mebibytes(256), memory: path === '/dev/shm' })),
    // A sidecar on loopback has no port that anybody else could use.
    ports: at.place === 'pod' ? [{ name: 'mcp', port }] : [],
    probes: {
      startup: { exec: plan.probe },
      liveness: { exec: plan.probe },
      ...(at.place === 'pod' ? { readiness: { tcp: { port: 'mcp' } } } : {}),
    },
    user: { uid: plan.uid, gid: plan.uid },
    resources: { requests: { cpu: '50m', memory: Size.mebibytes(128) }, limits: { memory: plan.memory } },
  };
}
