import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = process.env.ZEROCLAW_CHECK;

/** Why the real parser cannot be asked; undefined when it can. */
export const noParser = program ? undefined : ' (skipped: ZEROCLAW_CHECK does not hold the path of the parser)';

/** For tests that ask it: the first use may build the program. In milliseconds. */
export const parserTimeout = 900_000;

/**
 * What ZeroClaw's own parser makes of a configuration:
 * `silent` – nothing to say; `reported` – it passes over keys or sections, and the daemon warns in its log at most;
 * `refused` – the strict parser or its validation refuses. The daemon itself then starts with what is left and a warning,
 * except for variables that it cannot place and for broken security sections, which stop it.
 */
export interface Verdict {
  readonly verdict: 'silent' | 'reported' | 'refused';
  /** What it says, in its own words and lists. */
  readonly says?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Asks the program that `ZEROCLAW_CHECK` names.
 *
 * @param env the variables that the daemon would have
 */
export function checkWith(config: string, env: Readonly<Record<string, string>>): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'zeroclaw-'));
  try {
    const file = join(folder, 'config.toml');
    writeFileSync(file, config);
    const { stdout, stderr, status } = spawnSync(program ?? '', [file], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    if (stdout === '') throw new Error(`${program} ended with ${status}: ${stderr}`);
    const { ok, ...lists } = JSON.parse(stdout);
    if (ok !== (status === 0)) throw new Error(`${program} says ok: ${ok}, and ended with ${status}`);
    const says = Object.fromEntries(Object.entries<string[]>(lists).filter(([, list]) => list.length > 0));
    if (ok) return { verdict: 'silent' };
    return { verdict: 'errors' in says ? 'refused' : 'reported', says };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
