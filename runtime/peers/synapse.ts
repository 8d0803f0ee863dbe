import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const works = (command: string, ...args: string[]) =>
  run(command, args).then(
    () => true,
    () => false,
  );

/**
 * Synapse, from Debian sid, in a root folder of its own: $RUNTIME_SYNAPSE, or `chitin-synapse/root` in the cache folder,
 * where it is made once (600 MB, some minutes).
 * @returns the root folder; or, as an Error, why there is none
 */
export async function synapseRoot(): Promise<string | Error> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return new Error('Synapse needs Linux and root');
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const root = process.env.RUNTIME_SYNAPSE ?? join(cache, 'chitin-synapse', 'root');
  if (await works('test', '-e', join(root, 'usr/bin/synapse_register_new_matrix_user'))) return root;
  if (!(await works('sh', '-c', 'command -v debootstrap'))) return new Error('Synapse needs debootstrap');
  const partial = `${root}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(join(root, '..'), { recursive: true });
    const options = { timeout: 900_000, maxBuffer: 64 * 1024 * 1024 };
    await run('debootstrap', ['--variant=minbase', 'sid', partial], options);
    // No service is started in the folder.
    await writeFile(join(partial, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    const install = ['apt-get', 'install', '--yes', '--no-install-recommends', 'matrix-synapse'];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('chroot', [partial, ...install], { ...options, env });
    await rename(partial, root);
    return root;
  } catch (error) {
    return new Error('Synapse cannot be installed from Debian sid', { cause: error });
  }
}

/** A homeserver of its own on loopback, with `localhost` as its name. */
export class Synapse {
  readonly #root: string;
  readonly #folder: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(root: string, folder: string, port: number) {
    this.#root = root;
    this.#folder = folder;
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  static async start(root: string): Promise<Synapse> {
    await mkdir(join(root, 'srv'), { recursive: true });
    const folder = await mkdtemp(join(root, 'srv', 'synapse-'));
    const port = await freePort();
    const synapse = new Synapse(root, folder, port);
    const generate = ['--generate-config', '--server-name=localhost', '--report-stats=no'];
    await run('chroot', [root, 'python3', '-m', 'synapse.app.homeserver', ...synapse.#files, ...generate]);
    const plenty = '{ per_second: 10000, burst_count: 10000 }';
    const config = [
      `listeners: [{ port: ${port}, type: http, bind_addresses: ['127.0.0.1'], resources: [{ names: [client] }] }]`,
      'trusted_key_servers: []',
      `rc_message: ${plenty}`,
      `rc_key_requests: ${plenty}`,
      `rc_login: { address: ${plenty}, account: ${plenty}, failed_attempts: ${plenty} }`,
      `rc_joins: { local: ${plenty}, remote: ${plenty} }`,
      `rc_invites: { per_room: ${plenty}, per_user: ${plenty}, per_issuer: ${plenty} }`,
    ];
    await writeFile(join(folder, 'test.yaml'), `${config.join('\n')}\n`);
    await synapse.up();
    return synapse;
  }

  get #files(): string[] {
    const inside = join('/srv', basename(this.#folder));
    return ['--config-path', join(inside, 'homeserver.yaml'), '--data-directory', inside];
  }

  /** Starts it again after `down`, with everything it knew. */
  async up(): Promise<void> {
    const inside = join('/srv', basename(this.#folder));
    const files = [...this.#files.slice(0, 2), '--config-path', join(inside, 'test.yaml')];
    const child = spawn('chroot', [this.#root, 'python3', '-m', 'synapse.app.homeserver', ...files], {
      stdio: 'ignore',
      cwd: this.#folder,
    });
    this.#process = child;
    for (let tries = 0; child.exitCode === null; tries += 1) {
      const response = await fetch(`${this.url}/_matrix/client/versions`).catch(() => undefined);
      if (response?.ok) return;
      if (tries === 600) break;
      await sleep(100);
    }
    throw new Error(
      `Synapse did not start: ${(await readFile(join(this.#folder, 'homeserver.log'), 'utf8').catch(() => '')).slice(-2000)}`,
    );
  }

  async down(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  /** Makes an account; its full id. */
  async register(name: string, password: string): Promise<string> {
    const inside = join('/srv', basename(this.#folder), 'homeserver.yaml');
    const account = ['--user', name, '--password', password, '--no-admin', '--config', inside, this.url];
    await run('chroot', [this.#root, 'synapse_register_new_matrix_user', ...account]);
    return `@${name}:localhost`;
  }

  async remove(): Promise<void> {
    await this.down();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
