import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { OpenClawVersion } from '../../constructs/index.ts';

/**
 * The file that starts OpenClaw, from its npm package at exactly this release; installed into `OPENCLAW_CACHE`, by default
 * a folder of the system's temporary one, and used again when it is there. 0.8 GB and half a minute each.
 */
export async function program(version: OpenClawVersion): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 24 || (major === 24 && minor < 16))
    throw new Error(`OpenClaw needs Node 24.16, this is ${process.version}`);
  const cache = process.env.OPENCLAW_CACHE ?? join(tmpdir(), 'chitin-openclaw');
  const folder = join(cache, version);
  const start = join(folder, 'node_modules/openclaw/openclaw.mjs');
  if (!existsSync(start)) {
    mkdirSync(cache, { recursive: true });
    const fresh = mkdtempSync(join(cache, 'install-'));
    try {
      writeFileSync(join(fresh, 'package.json'), '{"private": true}\n');
      const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `openclaw@${version}`];
      await execa('npm', install, { cwd: fresh });
      if (!existsSync(folder)) renameSync(fresh, folder);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/openclaw/package.json'), 'utf8'));
  if (manifest.version !== version) throw new Error(`${folder} holds OpenClaw ${manifest.version}`);
  return start;
}

/** A folder for one OpenClaw: home, state and temporary files. Nothing of the machine's own is seen. */
export interface Place {
  readonly root: string;
  readonly state: string;
  readonly env: Readonly<Record<string, string>>;
}

export function place(env: Readonly<Record<string, string>> = {}): Place {
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
      OPENCLAW_STATE_DIR: state ?? '',
      OPENCLAW_DISABLE_BONJOUR: '1',
      OPENCLAW_NO_AUTO_UPDATE: '1',
      ...env,
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

/** Asks `openclaw config validate --json`. */
export async function validate(start: string, config: string): Promise<Verdict> {
  const { root, env } = place();
  try {
    const file = join(root, 'openclaw.json');
    writeFileSync(file, config);
    const { stdout, exitCode, stderr } = await execa(process.execPath, [start, 'config', 'validate', '--json'], {
      env: { ...env, OPENCLAW_CONFIG_PATH: file },
      extendEnv: false,
      reject: false,
    });
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
  stop(): Promise<void>;
}

/** Starts a program in a process group of its own, so that nothing of it is left. */
export function run(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Running {
  const child = spawn(process.execPath, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stdout.on('data', (chunk) => (log += chunk));
  child.stderr.on('data', (chunk) => (log += chunk));
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It is gone.
    }
  };
  return {
    log: () => log,
    exited,
    stop: async () => {
      signal('SIGTERM');
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 20_000))]);
      signal('SIGKILL');
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
