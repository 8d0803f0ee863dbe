import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigInput } from '../src/config.ts';

const main = join(import.meta.dirname, '../src/main.ts');

export interface Started {
  readonly seconds: number;
  /** Resident set when it was ready, in bytes; undefined for a program that has ended by then. */
  readonly memory: number | undefined;
}

export interface Role {
  readonly name: string;
  readonly until: string;
  start(): Promise<Started>;
}

/** Roles as they start with a workspace of one skill; the folder goes with `close`. */
export async function roles(): Promise<{ roles: readonly Role[]; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'runtime-start-'));
  const seed = join(folder, 'seed');
  mkdirSync(join(seed, 'skills/look'), { recursive: true });
  writeFileSync(join(seed, 'AGENTS.md'), 'Be brief.\n');
  writeFileSync(join(seed, 'skills/look/SKILL.md'), '---\nname: look\ndescription: Looks.\n---\nLook.\n');
  const key = join(folder, 'key');
  writeFileSync(key, 'not-a-secret-0123456789');
  const [hooks, status] = [await freePort(), await freePort()];
  const config = (name: string, changes: Partial<ConfigInput>): string => {
    const file = join(folder, `${name}.json`);
    const input: ConfigInput = {
      agent: { name: 'started' },
      state: join(folder, `${name}-state`),
      workspace: join(folder, 'workspace'),
      models: {
        providers: { local: { api: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1' } },
        chain: [{ provider: 'local', model: 'm' }],
      },
      http: { host: '127.0.0.1', port: status },
      ...changes,
    };
    writeFileSync(file, JSON.stringify(input));
    return file;
  };
  const plain = config('plain', {});
  const connected = config('connected', {
    tools: { files: {}, memory: {} },
    channels: {
      telegram: { token: { file: key }, allow: ['7'], apiRoot: 'http://127.0.0.1:9' },
      webhook: {
        port: hooks,
        sources: {
          any: {
            format: 'alertmanager',
            auth: { kind: 'bearer', secret: { file: key } },
            prompt: 'p',
            deliverTo: { channel: 'telegram', to: '7' },
          },
        },
      },
    },
  });
  const node = (args: readonly string[]): Promise<Started> => run(args);
  const role = (name: string, args: readonly string[], ready?: string): Role => ({
    name,
    until: ready === undefined ? 'its end' : 'ready',
    start: () => run([main, ...args], ready),
  });
  await run([main, 'seed', seed, '--config', plain]);
  return {
    roles: [
      { name: 'Node alone', until: 'its end', start: () => node(['--eval', '0']) },
      role('seed, nothing to do', ['seed', seed, '--config', plain]),
      role('agent, no channel', ['agent', '--config', plain], '"ready"'),
      role('agent, Telegram, webhook, files, memory', ['agent', '--config', connected], '"ready"'),
      role('chat, no line', ['chat', '--config', plain]),
      role('deadletters list', ['deadletters', 'list', '--config', plain]),
    ],
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function run(args: readonly string[], ready?: string): Promise<Started> {
  const from = performance.now();
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  if (ready === undefined) {
    const [code] = await ended;
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
    return { seconds: (performance.now() - from) / 1000, memory: undefined };
  }
  await said(child, ready);
  const seconds = (performance.now() - from) / 1000;
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const memory = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  child.kill('SIGTERM');
  await ended;
  return { seconds, memory };
}

async function said(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        output += String(chunk);
        if (output.includes(text)) resolve();
      });
    child.once('close', () => reject(new Error(`it ended: ${output}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
