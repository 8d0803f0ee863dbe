import { createHash } from 'node:crypto';
import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { describe, readSecret } from './secrets.ts';
import { defineTool, type Tool, type Toolbox } from './tool.ts';
import { clip } from './untrusted.ts';

type ServerConfig = Config['tools']['mcp'][string];
type Listed = Awaited<ReturnType<Client['listTools']>>['tools'][number];

const connectMilliseconds = 10_000;
const longestWait = 60_000;
const descriptionLimit = 4096;

/** Tools of MCP servers. A server that is away does not keep the agent from starting; it is tried again, and before each call. */
export async function openMcp(servers: Config['tools']['mcp'], log: Logger): Promise<Toolbox> {
  const all = Object.entries(servers).map(([name, config]) => new McpServer(name, config, log));
  await Promise.all(all.map((server) => server.connect().catch(() => {})));
  return {
    tools: () => all.flatMap((server) => server.tools),
    problems: () => all.flatMap((server) => server.problems()),
    close: async () => {
      await Promise.all(all.map((server) => server.close()));
    },
  };
}

/** SHA-256 of what the model reads of a tool: its description and the schema of its input, keys in order. */
export function toolDigest({ description, inputSchema }: Pick<Listed, 'description' | 'inputSchema'>): string {
  return createHash('sha256')
    .update(JSON.stringify(ordered({ description: description ?? '', inputSchema })))
    .digest('hex');
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}

class McpServer {
  tools: readonly Tool[] = [];
  readonly #name: string;
  readonly #config: ServerConfig;
  readonly #log: Logger;
  readonly #seen = new Map<string, string>();
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #down: string | undefined = 'not connected';
  #withheld: readonly string[] = [];
  #closed = false;

  constructor(name: string, config: ServerConfig, log: Logger) {
    this.#name = name;
    this.#config = config;
    this.#log = log.child({ mcp: name });
  }

  problems(): string[] {
    return [...(this.#down === undefined ? [] : [this.#down]), ...this.#withheld].map(
      (problem) => `mcp ${this.#name}: ${problem}`,
    );
  }

  /** One attempt at a time, whoever asks. */
  connect(): Promise<Client> {
    if (this.#client !== undefined) return Promise.resolve(this.#client);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #connect(): Promise<Client> {
    clearTimeout(this.#retry);
    const client = new Client({ name: 'chitin', version: '0.1.0' }, { versionNegotiation: { mode: 'auto' } });
    try {
      await client.connect(await this.#transport(), { timeout: connectMilliseconds });
      await this.#list(client);
      client.setNotificationHandler('notifications/tools/list_changed', () =>
        this.#list(client).catch((error: unknown) => this.#lost(client, error)),
      );
      if (this.#closed) throw new Error('the program stops');
      client.onclose = () => this.#lost(client, new Error('the connection was closed'));
      this.#client = client;
      this.#down = undefined;
      this.#failures = 0;
      return client;
    } catch (error) {
      await client.close().catch(() => {});
      this.#later(error);
      throw error;
    }
  }

  async #transport() {
    const config = this.#config;
    if ('url' in config) {
      const { auth } = config;
      const headers = auth === undefined ? {} : { [auth.header]: `${auth.prefix}${readSecret(auth.secret)}` };
      return new StreamableHTTPClientTransport(new URL(config.url), { requestInit: { headers } });
    }
    const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
    // The child gets PATH, HOME and what is configured; no variable of this process, since those may be credentials.
    const env = Object.fromEntries(Object.entries(config.env).map(([name, secret]) => [name, readSecret(secret)]));
    return new StdioClientTransport({ command: config.command, args: config.args, env, stderr: 'ignore' });
  }

  /** Takes over the tools that are allowed and are what they were. */
  async #list(client: Client): Promise<void> {
    const listed = (await client.listTools({}, { cacheMode: 'refresh' })).tools;
    const tools: Tool[] = [];
    const withheld: string[] = [];
    for (const [name, { sha256 }] of Object.entries(this.#config.tools)) {
      const found = listed.find((tool) => tool.name === name);
      if (found === undefined) {
        withheld.push(`there is no tool ${name}`);
        continue;
      }
      const digest = toolDigest(found);
      const expected = sha256 ?? this.#seen.get(name) ?? digest;
      this.#seen.set(name, expected);
      if (digest === expected) tools.push(this.#tool(found));
      else withheld.push(`tool ${name} is withheld: description or schema differ, sha256 ${digest}`);
      this.#log.info({ tool: name, sha256: digest, offered: digest === expected }, 'tool listed');
    }
    for (const problem of withheld) this.#log.warn(problem);
    this.tools = tools;
    this.#withheld = withheld;
  }

  #tool({ name, description, inputSchema }: Listed): Tool {
    return defineTool<Record<string, unknown>>({
      // Providers take 64 characters of this set.
      name: `${this.#name}_${name}`.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64),
      description: clip(description ?? '', descriptionLimit),
      input: { jsonSchema: inputSchema },
      source: `mcp:${this.#name}`,
      run: (input, { signal }) => this.#call(name, input, signal),
    });
  }

  async #call(name: string, input: Record<string, unknown>, signal: AbortSignal): Promise<string> {
    const client = await this.connect();
    try {
      const { content, isError, structuredContent } = await client.callTool(
        { name, arguments: input },
        { signal, timeout: 3_600_000 },
      );
      const text = content.map((part) => (part.type === 'text' ? part.text : `[${part.type} left out]`)).join('\n');
      if (isError === true) throw new ToolError(text || 'the tool failed');
      return text === '' && structuredContent !== undefined ? JSON.stringify(structuredContent) : text;
    } catch (error) {
      // Not tried again here: it may have been done.
      if (!(error instanceof ToolError || error instanceof ProtocolError || signal.aborted || isTimeout(error)))
        this.#lost(client, error);
      throw error;
    }
  }

  #lost(client: Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.close().catch(() => {});
    this.#later(error);
  }

  #later(error: unknown): void {
    this.#down = `not connected: ${describe(error)}`;
    if (this.#closed) return;
    this.#log.warn({ err: error }, 'not connected');
    const wait = Math.min(longestWait, 1000 * 2 ** this.#failures);
    this.#failures += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.connect().catch(() => {}), wait).unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = undefined;
    await client?.close().catch(() => {});
  }
}

/** The server ran the tool, and the tool says that it failed. */
class ToolError extends Error {}

function isTimeout(error: unknown): boolean {
  return error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout;
}
