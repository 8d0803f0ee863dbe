import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'chitin-peers');

/** A folder of the cache, made once: an installation that was broken off leaves nothing that looks like one. */
async function made(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cache, name);
  if (await stat(folder).catch(() => undefined)) return folder;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, 'install-'));
  try {
    await make(fresh);
    await rename(fresh, folder).catch(async (error: NodeJS.ErrnoException) => {
      // Somebody else was faster.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return folder;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** @returns `node_modules` with the packages of `npm/package-lock.json`; or, as an Error, why there is none */
export async function npmPackages(): Promise<string | Error> {
  const source = join(import.meta.dirname, 'npm');
  try {
    const lock = await readFile(join(source, 'package-lock.json'));
    const digest = createHash('sha256').update(lock).digest('hex').slice(0, 16);
    const folder = await made(`npm-${digest}`, async (fresh) => {
      await cp(source, fresh, { recursive: true });
      await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: fresh, timeout: 300_000 });
    });
    return join(folder, 'node_modules');
  } catch (error) {
    return new Error('the packages cannot be installed from npm', { cause: error });
  }
}

/** The files of a package of this machine's Debian, unpacked; nothing of it is installed or started. */
export async function debianPackage(name: string): Promise<string | Error> {
  if (process.platform !== 'linux') return new Error(`${name} needs Linux`);
  try {
    return await made(`debian-${name}`, async (fresh) => {
      const downloads = await mkdtemp(join(cache, 'download-'));
      try {
        await run('apt-get', ['download', name], { cwd: downloads, timeout: 120_000 });
        const [file = ''] = await readdir(downloads);
        await run('dpkg-deb', ['--extract', join(downloads, file), fresh]);
      } finally {
        await rm(downloads, { recursive: true, force: true });
      }
    });
  } catch (error) {
    return new Error(`${name} cannot be had from Debian`, { cause: error });
  }
}

/** Of PyPI's `scrapling`, the one that the tests were written with. */
const scraplingVersion = '0.4.14';

/**
 * A Python that can import `scrapling` with its MCP server: of the virtual environment $SCRAPLING_VENV, or of one in the
 * cache folder (0.5 GB, a minute).
 */
export async function scraplingPython(): Promise<string | Error> {
  if (process.env.SCRAPLING_VENV !== undefined) return join(process.env.SCRAPLING_VENV, 'bin/python');
  try {
    const folder = await made(`scrapling-${scraplingVersion}`, async (fresh) => {
      const options = { timeout: 600_000, maxBuffer: 64 * 1024 * 1024 };
      await run('python3', ['-m', 'venv', fresh], options);
      const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries=0', '--timeout=20'];
      await run(join(fresh, 'bin/python'), [...install, `scrapling[ai]==${scraplingVersion}`], options);
    });
    return join(folder, 'bin/python');
  } catch (error) {
    return new Error('scrapling cannot be installed: it needs python3 with venv, and a package index for pip', {
      cause: error,
    });
  }
}
