import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { OpenClawVersion } from '../../constructs/index.ts';

/** Where the releases of OpenClaw are kept between runs. */
export const cache = process.env.OPENCLAW_CACHE ?? join(tmpdir(), 'chitin-openclaw');

/**
 * The file that starts OpenClaw, from its npm package at exactly this release; installed into `OPENCLAW_CACHE`, by default
 * a folder of the system's temporary one, and used again when it is there. 0.8 GB and half a minute each.
 *
 * @throws Error when npm cannot install it, or this Node is too old for it
 */
export async function program(version: OpenClawVersion): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 24 || (major === 24 && minor < 16))
    throw new Error(`OpenClaw needs Node 24.16, this is ${process.version}`);
  const folder = join(cache, version);
  const start = join(folder, 'node_modules/openclaw/openclaw.mjs');
  if (!existsSync(start)) await install(version, folder);
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/openclaw/package.json'), 'utf8'));
  if (manifest.version !== version) throw new Error(`${folder} holds OpenClaw ${manifest.version}`);
  return start;
}

/** An installation that was broken off leaves nothing that looks like a release. */
async function install(version: OpenClawVersion, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'install-'));
  try {
    writeFileSync(join(fresh, 'package.json'), '{"private": true}\n');
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `openclaw@${version}`];
    await execa('npm', args, { cwd: fresh });
    if (!existsSync(folder)) renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
