import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SCRAPLING_VERSION } from '../../constructs/tools/scrapling-command.ts';

const run = promisify(execFile);
const works = (command: string, ...args: string[]) =>
  run(command, args).then(
    () => true,
    () => false,
  );

/** A Python environment with the pinned Scrapling, and a place to show it in. */
export interface Environment {
  venv: string;
  /** `sys.base_prefix` of `venv`. */
  prefix: string;
  /** An empty folder. */
  root: string;
  remove(): Promise<void>;
}

/** What this machine lacks to run a program in namespaces, if anything. */
async function lacking(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root';
  for (const tool of ['unshare', 'nsenter', 'setpriv', 'pivot_root', 'ip']) {
    if (!(await works('sh', '-c', `command -v ${tool}`))) return `needs the command ${tool}`;
  }
  const pair = 'ip link add eth0 type veth peer name eth1';
  const namespaces = ['--mount', '--net', '--pid', '--fork', 'sh', '-c', pair];
  return (await works('unshare', ...namespaces)) ? undefined : 'needs namespaces and veth';
}

/** Installs Scrapling into `venv`. Returns what this machine lacks for it, if anything; throws when the install fails. */
async function install(venv: string, downloads: string): Promise<string | undefined> {
  const recent = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  if (!(await works('python3', '-c', recent))) return 'needs python3 3.10 or later, with venv';
  await run('python3', ['-m', 'venv', venv]);
  const pip = (...args: string[]) => ['-m', 'pip', '--quiet', '--disable-pip-version-check', ...args];
  const python = join(venv, 'bin', 'python');
  const one = ['download', '--no-deps', '--retries=0', '--timeout=20', `--dest=${downloads}`];
  if (!(await works(python, ...pip(...one, `scrapling==${SCRAPLING_VERSION}`)))) return 'needs a package index for pip';
  await run(python, pip('install', `scrapling[ai]==${SCRAPLING_VERSION}`));
  return undefined;
}

/** Takes the environment in $SCRAPLING_VENV, else makes one. Returns what the machine lacks when that cannot be done. */
export async function makeEnvironment(): Promise<Environment | string> {
  const lacks = await lacking();
  if (lacks !== undefined) return lacks;
  const folder = await mkdtemp(join(tmpdir(), 'scrapling-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const given = process.env.SCRAPLING_VENV;
    const venv = given ?? join(folder, 'venv');
    const refused = given === undefined ? await install(venv, join(folder, 'downloads')) : undefined;
    if (refused !== undefined) {
      await remove();
      return refused;
    }
    const root = join(folder, 'root');
    await mkdir(root);
    const about = await run(join(venv, 'bin', 'python'), ['-c', 'import sys; print(sys.base_prefix)']);
    return { venv, prefix: about.stdout.trim(), root, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
