import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SopsError } from './sops-error.ts';

/** The private keys at hand. They are never logged, written or passed on. */
export interface Identities {
  /** `AGE-SECRET-KEY-1…` and `AGE-SECRET-KEY-PQ-1…`. */
  readonly keys: readonly string[];
  /** Whether all of them come from files, in which sops itself finds them. */
  readonly inFiles: boolean;
}

/** What the private keys are looked for in. */
export interface IdentityPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/**
 * Finds the private keys where sops 3.13 does (`age/keysource.go`): SOPS_AGE_KEY, SOPS_AGE_KEY_FILE and `sops/age/keys.txt`
 * in the user's folder for configuration, all of them together. Not SSH keys, plugins, SOPS_AGE_KEY_CMD and key files with a
 * passphrase.
 *
 * @throws SopsError when there is none; it names the places, and never quotes what is in them
 */
export function findIdentities(
  places: IdentityPlaces = { env: process.env, platform: process.platform, home: homedir() },
): Identities {
  const { env } = places;
  const keys: string[] = [];
  const tried: string[] = [];
  let inFiles = true;
  const take = (place: string, words: readonly string[]) => {
    const known = words.filter((word) => /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/.test(word));
    keys.push(...known);
    if (known.length === 0) tried.push(`${place} (no age key in it that can be used)`);
    return known.length > 0;
  };
  if (env.SOPS_AGE_KEY === undefined) tried.push('SOPS_AGE_KEY (not set)');
  else if (take('SOPS_AGE_KEY', env.SOPS_AGE_KEY.split(/\s+/))) inFiles = false;
  const file = env.SOPS_AGE_KEY_FILE;
  if (file === undefined) tried.push('SOPS_AGE_KEY_FILE (not set)');
  for (const path of [...(file === undefined ? [] : [file]), defaultFile(places)]) {
    const place = path === file ? `SOPS_AGE_KEY_FILE ${path}` : path;
    const text = read(path);
    if (text === undefined) tried.push(`${place} (cannot be read)`);
    else if (text.startsWith('age-encryption.org/') || text.startsWith('-----BEGIN AGE ENCRYPTED FILE-----'))
      tried.push(`${place} (has a passphrase, which only sops asks for)`);
    else
      take(
        place,
        text.split(/\r?\n/).map((line) => line.trim()),
      );
  }
  if (keys.length > 0) return { keys: [...new Set(keys)], inFiles };
  const command = env.SOPS_AGE_KEY_CMD === undefined ? [] : ['SOPS_AGE_KEY_CMD (is not run)'];
  throw new SopsError('identity', {
    message: 'no private age key is at hand, and a file of sops cannot be opened without one',
    why: `Looked in: ${[...tried, ...command].join('; ')}.`,
    help: 'Set SOPS_AGE_KEY_FILE to a file with a private key that belongs to one of the recipients of the cluster. age-keygen makes a pair; its public half goes into `recipients`.',
  });
}

/** `os.UserConfigDir` of Go, with XDG_CONFIG_HOME on macOS too. */
function defaultFile({ env, platform, home }: IdentityPlaces): string {
  const folder =
    platform === 'win32'
      ? (env.AppData ?? env.APPDATA ?? join(home, 'AppData', 'Roaming'))
      : env.XDG_CONFIG_HOME || join(home, platform === 'darwin' ? 'Library/Application Support' : '.config');
  return join(folder, 'sops', 'age', 'keys.txt');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
