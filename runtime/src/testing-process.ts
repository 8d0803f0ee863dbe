import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const main = new URL('main.ts', import.meta.url).pathname;
const children: ChildProcess[] = [];

export interface Started {
  readonly child: ChildProcess;
  /** Of both streams. */
  output(): string;
  /** Until the output has the text, or a text of the pattern; rejected when the process ends without. */
  said(what: string | RegExp): Promise<void>;
  readonly exit: Promise<number | null>;
}

/** The program in a process of its own. */
export function startMain(
  args: readonly string[],
  { input, env, node = [] }: { input?: string; env?: NodeJS.ProcessEnv; node?: readonly string[] } = {},
): Started {
  const child = spawn(process.execPath, [...node, main, ...args], {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(env !== undefined && { env }),
  });
  children.push(child);
  let text = '';
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += String(chunk);
      for (const wake of waiting) wake();
    });
  }
  child.stdin?.end(input);
  return {
    child,
    output: () => text,
    said: (what) =>
      new Promise((resolve, reject) => {
        const check = () => (typeof what === 'string' ? text.includes(what) : what.test(text)) && resolve();
        waiting.push(check);
        child.once('exit', () => reject(new Error(`ended without ${what}: ${text}`)));
        check();
      }),
    exit: once(child, 'close').then(([code]) => code as number | null),
  };
}

export function killAll(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
