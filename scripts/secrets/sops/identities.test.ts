import { generateHybridIdentity } from 'age-encryption';
import { expect, test } from 'vitest';
import { folder } from '../../../constructs/testing/folder.ts';
import { findIdentities } from './identities.ts';
import { keyPair } from './testing/engine.ts';

const [a, b, c] = await Promise.all([keyPair(), keyPair(), keyPair()]);
const hybrid = await generateHybridIdentity();

/** Looks in a home with these files. */
function find(files: Readonly<Record<string, string>>, env: (home: string) => Record<string, string> = () => ({})) {
  const home = folder(files);
  return findIdentities({ env: env(home), platform: 'linux', home });
}

function failure(...args: Parameters<typeof find>): string {
  try {
    find(...args);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it did not fail');
}

test('keys are found in all places of sops, and count together', () => {
  const files = {
    'one.txt': `# created: today\n# public key: ${a.recipient}\n${a.identity}\r\n\n${a.identity}\n`,
    '.config/sops/age/keys.txt': `${b.identity}\n`,
  };
  expect(find(files)).toEqual({ keys: [b.identity], inFiles: true });
  const file = (home: string) => ({ SOPS_AGE_KEY_FILE: `${home}/one.txt` });
  expect(find(files, file)).toEqual({ keys: [a.identity, b.identity], inFiles: true });
  const both = (home: string) => ({ ...file(home), SOPS_AGE_KEY: `${c.identity} ${hybrid}\n` });
  expect(find(files, both)).toEqual({ keys: [c.identity, hybrid, a.identity, b.identity], inFiles: false });
});

test('the folder for configuration is that of the platform', () => {
  const home = folder({
    'xdg/sops/age/keys.txt': a.identity,
    'Library/Application Support/sops/age/keys.txt': b.identity,
    'roaming/sops/age/keys.txt': c.identity,
  });
  const keys = (platform: NodeJS.Platform, env: Record<string, string>) => findIdentities({ env, platform, home }).keys;
  expect(keys('linux', { XDG_CONFIG_HOME: `${home}/xdg` })).toEqual([a.identity]);
  expect(keys('darwin', { XDG_CONFIG_HOME: `${home}/xdg` })).toEqual([a.identity]);
  expect(keys('darwin', {})).toEqual([b.identity]);
  expect(keys('win32', { APPDATA: `${home}/roaming` })).toEqual([c.identity]);
});

test('when there is none, every place and what to do is said', () => {
  const message = failure({}, (home) => ({ XDG_CONFIG_HOME: `${home}/xdg` }));
  expect(message.replace(/\S*\/xdg/, 'HOME')).toBe(
    `no private age key is at hand, and a file of sops cannot be opened without one
Looked in: SOPS_AGE_KEY (not set); SOPS_AGE_KEY_FILE (not set); HOME/sops/age/keys.txt (cannot be read).
Set SOPS_AGE_KEY_FILE to a file with a private key that belongs to one of the recipients of the cluster. age-keygen makes a pair; its public half goes into \`recipients\`.`,
  );
});

test('what cannot be used is said, and never quoted', () => {
  const places = {
    'words.txt': 'correct-horse-battery-staple\n',
    'cut.txt': a.identity.toLowerCase(),
    'plugin.txt': 'AGE-PLUGIN-YUBIKEY-1CORRECTHORSE\n',
    'folder/keys.txt': '',
  };
  const unusable = '(no age key in it that can be used)';
  for (const name of ['words.txt', 'cut.txt', 'plugin.txt']) {
    const message = failure(places, (home) => ({ SOPS_AGE_KEY_FILE: `${home}/${name}` }));
    expect(message).toContain(`/${name} ${unusable}`);
    expect(message).not.toMatch(/horse|HORSE|age-secret/);
  }
  expect(failure(places, (home) => ({ SOPS_AGE_KEY_FILE: `${home}/folder` }))).toContain('/folder (cannot be read)');
  expect(failure({}, () => ({ SOPS_AGE_KEY: 'correct-horse' }))).toContain(`SOPS_AGE_KEY ${unusable}`);
  expect(failure({}, () => ({ SOPS_AGE_KEY_CMD: 'echo correct-horse' }))).toContain('SOPS_AGE_KEY_CMD (is not run)');
  const locked = { 'keys.age': 'age-encryption.org/v1\n-> scrypt AA 18\nAA\n--- AA\n' };
  expect(failure(locked, (home) => ({ SOPS_AGE_KEY_FILE: `${home}/keys.age` }))).toContain(
    '/keys.age (has a passphrase, which only sops asks for)',
  );
});
