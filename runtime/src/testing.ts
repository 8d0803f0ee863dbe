import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Inbound } from './bus.ts';
import { type Config, type ConfigInput, parseConfig } from './config.ts';
import { type Logger, makeLogger } from './log.ts';
import type { Toolbox, ToolContext } from './tool.ts';

/** A folder of its own with `state`, `workspace` and `seed`, gone when the scope ends. */
export function temporaryFolder(): {
  path: string;
  state: string;
  workspace: string;
  seed: string;
  [Symbol.dispose](): void;
} {
  const path = mkdtempSync(join(tmpdir(), 'runtime-'));
  const [state, workspace, seed] = ['state', 'workspace', 'seed'].map((name) => join(path, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [state, workspace, seed]) mkdirSync(folder);
  return { path, state, workspace, seed, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A valid configuration with one OpenAI-compatible model, and what is given. */
export function testConfig(folder: { state: string; workspace: string }, changes: Partial<ConfigInput> = {}): Config {
  return parseConfig({
    agent: { name: 'tested' },
    state: folder.state,
    workspace: folder.workspace,
    models: {
      providers: { local: { api: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' } },
      chain: [{ provider: 'local', model: 'm' }],
      retrySeconds: [],
    },
    ...changes,
  });
}

/** A logger, and the lines that it wrote. */
export function recordedLog(): { log: Logger; lines(): Record<string, unknown>[]; text(): string } {
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      done();
    },
  });
  return {
    log: makeLogger('debug', stream),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written.join(''),
  };
}

export function inbound(id: string, changes: Partial<Inbound> = {}): Inbound {
  return {
    id,
    channel: 'test',
    session: 'test:room',
    sender: 'alice',
    trust: 'operator',
    text: `text of ${id}`,
    replyTo: { channel: 'test', to: 'room' },
    ...changes,
  };
}

/** Asks until it is so. */
export async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Calls a tool as a run does: its schema first, then the tool. */
export async function callTool(
  box: Toolbox,
  name: string,
  input: object,
  changes: Partial<ToolContext> = {},
): Promise<string> {
  const tool = box.tools().find((one) => one.name === name);
  if (tool === undefined) throw new Error(`there is no tool ${name}`);
  const parsed = 'jsonSchema' in tool.input ? input : tool.input.parse(input);
  return tool.run(parsed, {
    message: inbound('a'),
    idempotencyKey: 'a/1',
    tainted: false,
    signal: new AbortController().signal,
    ...changes,
  });
}
