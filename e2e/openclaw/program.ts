import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { cache } from './packages.ts';

/** A folder for one OpenClaw: home, state and temporary files. Nothing of the machine's own is seen. */
export interface Place {
  readonly root: string;
  readonly state: string;
  readonly env: Readonly<Record<string, string>>;
}

export function place(): Place {
  const root = mkdtempSync(join(tmpdir(), 'openclaw-e2e-'));
  const [home, state, temporary] = ['home', 'state', 'tmp'].map((name) => join(root, name));
  for (const folder of [home, state, temporary]) mkdirSync(folder ?? '');
  return {
    root,
    state: state ?? '',
    env: {
      PATH: process.env.PATH ?? '',
      ...(process.env.NODE_EXTRA_CA_CERTS ? { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS } : {}),
      HOME: home ?? '',
      TMPDIR: temporary ?? '',
      // Every start would compile the whole program anew.
      NODE_COMPILE_CACHE: join(cache, 'compiled'),
      // A plugin that an image would have is installed at the start, from what npm has kept where it can.
      NPM_CONFIG_CACHE: join(cache, 'npm'),
      NPM_CONFIG_PREFER_OFFLINE: 'true',
      OPENCLAW_STATE_DIR: state ?? '',
      OPENCLAW_DISABLE_BONJOUR: '1',
      OPENCLAW_NO_AUTO_UPDATE: '1',
    },
  };
}

/** What OpenClaw's own parser says of a configuration. */
export interface Verdict {
  readonly valid: boolean;
  /** `path: message` of each thing that it refuses. */
  readonly issues: readonly string[];
  /** Of each thing that it warns of, but for secrets and plugins that are not there. */
  readonly warnings: readonly string[];
}

/** Milliseconds that one question may take; it takes four seconds on an idle processor. */
const patience = 300_000;

/** Asks `openclaw config validate --json`. */
export async function validate(start: string, config: string): Promise<Verdict> {
  const { root, env } = place();
  try {
    const file = join(root, 'openclaw.json');
    writeFileSync(file, config);
    const { stdout, exitCode, stderr, timedOut } = await execa(
      process.execPath,
      [start, 'config', 'validate', '--json'],
      { env: { ...env, OPENCLAW_CONFIG_PATH: file }, extendEnv: false, reject: false, timeout: patience },
    );
    if (timedOut) throw new Error(`OpenClaw has not answered within ${patience / 1000} s: ${stderr}`);
    if (stdout === '') throw new Error(`OpenClaw ended with ${exitCode}: ${stderr}`);
    const { valid, issues = [], warnings = [] } = JSON.parse(stdout);
    if (valid !== (exitCode === 0)) throw new Error(`OpenClaw says valid: ${valid}, and ended with ${exitCode}`);
    const lines = (list: { path: string; message: string }[]) => list.map(({ path, message }) => `${path}: ${message}`);
    const absent = /Missing env var|plugin not installed/;
    return { valid, issues: lines(issues), warnings: lines(warnings).filter((line) => !absent.test(line)) };
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** A program that runs until it is stopped. */
export interface Running {
  /** Everything that it printed. */
  log(): string;
  readonly exited: Promise<number | null>;
  /** As the kubelet does. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** What ends the groups that run. */
const kills = new Set<() => void>();

// An interrupt in a terminal reaches this process, and none of the groups.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const kill of kills) kill();
    process.kill(process.pid, signal);
  });
}

/** Starts a program in a process group of its own, so that nothing of it is left, also when this one is interrupted. */
export function run(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Running {
  const child = spawn(process.execPath, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout.on('data', (chunk) => (log += chunk));
  child.stderr.on('data', (chunk) => (log += chunk));
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It is gone.
    }
  };
  const kill = () => signal('SIGKILL');
  kills.add(kill);
  const exited = new Promise<number | null>((resolve) =>
    child.on('exit', (code) => {
      // As in a container, nothing outlives the first process.
      kill();
      kills.delete(kill);
      resolve(code);
    }),
  );
  return {
    log: () => log,
    exited,
    stop: async () => {
      signal('SIGTERM');
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 20_000))]);
      kill();
      await exited;
    },
    kill: async () => {
      kill();
      await exited;
    },
  };
}

/** Runs a command of OpenClaw to its end. */
export function command(start: string, args: readonly string[], env: Readonly<Record<string, string>>): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [start, ...args], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`openclaw ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
  return stdout;
}
