import { readFileSync } from 'node:fs';

/**
 * How the Scrapling MCP server runs under Pod Security "restricted": the command of the container and what it needs.
 *
 * The image's own entrypoint (`uv run scrapling`, D4Vinci/Scrapling:Dockerfile) needs root and a writable root file
 * system, and `scrapling mcp` (D4Vinci/Scrapling 0.4.14:scrapling/cli.py) has no option that limits its ten tools. Its
 * `get` (scrapling/core/ai.py) also reads `file:///proc/self/environ`, and takes proxies, headers and redirect rules
 * from the caller. So the image's interpreter runs a program of ours (scrapling-server.py), which builds an MCP server
 * from public API alone and registers only what it was told to. Whatever upstream adds later is not offered.
 */

/** Version of `scrapling` and of its image that this command was proven with (e2e/scrapling.e2e.test.ts). */
export const SCRAPLING_VERSION = '0.4.14';

/** Tools that need no browser. The browser tools need Chromium below /root, which uid 65534 cannot read. */
export const SCRAPLING_TOOLS = ['get', 'bulk_get'] as const;

/** Name of a tool that the server can offer. */
export type ScraplingTool = (typeof SCRAPLING_TOOLS)[number];

/** Environment variable of the bearer token (D4Vinci/Scrapling 0.4.14:scrapling/core/ai.py, MCP_AUTH_TOKEN_ENV). */
export const SCRAPLING_TOKEN_VARIABLE = 'SCRAPLING_MCP_AUTH_TOKEN';

/** Path of the streamable HTTP endpoint (modelcontextprotocol/python-sdk 2.x, default of `streamable_http_app`). */
export const SCRAPLING_PATH = '/mcp';

interface Tools {
  /** TCP port to listen on. */
  port: number;
  /** Tools to offer; every other name is unknown to the server. */
  tools: readonly [ScraplingTool, ...ScraplingTool[]];
}

/** A sidecar: on loopback, where a token is optional. */
export interface ScraplingSidecar extends Tools {
  host: '127.0.0.1';
}

/** A pod of its own: on every IPv4 address. The server exits with status 1 when SCRAPLING_TOKEN_VARIABLE is not set. */
export interface ScraplingPod extends Tools {
  host: '0.0.0.0';
  /** `Host` headers to answer, with port, as clients send them: `web.tools.svc:8000`. Others get status 421. */
  allowedHosts: readonly [string, ...string[]];
}

/** Where the program is in the container. */
const SERVER_PATH = '/chitin/scrapling/server.py';

/** What a container needs to run the server. */
export interface ScraplingCommand {
  /** Replaces the image's entrypoint. */
  command: string[];
  /** Read-only files that the command needs: absolute path and text. */
  files: { path: string; text: string }[];
  /**
   * Command of an exec probe; exit status 0 when the port takes connections. A sidecar has no other probe, because the
   * kubelet does not reach loopback; a pod of its own can have `tcpSocket`. It does not wait for an answer: the server
   * gives none while it converts a large page, which is no reason to restart it.
   */
  probe: string[];
}

/** Interpreter of the image: `uv sync` in /app makes it (D4Vinci/Scrapling:Dockerfile). */
const PYTHON = '/app/.venv/bin/python';

/** The command for one placement of the server. Pure: equal options give equal results. */
export function scraplingCommand(options: ScraplingSidecar | ScraplingPod): ScraplingCommand {
  const { port } = options;
  const allowedHosts = options.host === '0.0.0.0' ? options.allowedHosts : [`127.0.0.1:${port}`, `localhost:${port}`];
  return {
    // -I: neither the environment nor the working directory can add code. -B: no byte code is written.
    command: [
      ...[PYTHON, '-I', '-B', SERVER_PATH],
      ...['--host', options.host, '--port', String(port)],
      ...options.tools.flatMap((tool) => ['--tool', tool]),
      ...allowedHosts.flatMap((name) => ['--allowed-host', name]),
    ],
    files: [{ path: SERVER_PATH, text: SERVER }],
    probe: [PYTHON, '-I', '-S', '-c', PROBE, String(port)],
  };
}

/** The server, as it stands beside this file. */
const SERVER = readFileSync(new URL('scrapling-server.py', import.meta.url), 'utf8');

/** Connects to the port on loopback: exit status 1 when that fails within 3 s. */
const PROBE = 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 3).close()';
