import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { load } from 'js-yaml';

const repository = resolve(import.meta.dirname, '..');

/** An age key that exists only in the memory of a test. */
export interface TestKey {
  readonly recipient: string;
  /** Private half, for the environment of `sops`, never for its arguments. */
  readonly identity: string;
}

/** Makes a key with `age-keygen`. */
export async function makeTestKey(): Promise<TestKey> {
  const { stdout } = await execa('age-keygen');
  const recipient = /^# public key: (age1\w+)$/m.exec(stdout)?.[1];
  const identity = /^AGE-SECRET-KEY-\w+$/m.exec(stdout)?.[0];
  if (!recipient || !identity) throw new Error('age-keygen printed no key');
  return { recipient, identity };
}

/** Encrypts a Secret with dummy values to a test key. */
export async function encryptDummy(
  name: string,
  namespace: string,
  keys: readonly string[],
  key: TestKey,
): Promise<string> {
  const stringData = Object.fromEntries(keys.map((each) => [each, `dummy value of ${each}`]));
  const plain = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData });
  const args = ['encrypt', '--age', key.recipient, '--encrypted-regex', '^(data|stringData)$'];
  const { stdout } = await execa('sops', [...args, '--filename-override', 'secret.json', '--output-type', 'yaml'], {
    input: plain,
  });
  return `${stdout}\n`;
}

/**
 * A copy of the repository whose SOPS files hold dummy values for a test key: the private halves of the committed
 * clusters' keys do not exist any more, so nothing else could be decrypted.
 */
export async function copyWithTestKey(key: TestKey): Promise<{ folder: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'chitin-e2e-'));
  for (const part of ['apps', 'clusters', 'skills', 'package.json'])
    cpSync(join(repository, part), join(folder, part), { recursive: true });
  for (const part of ['constructs', 'scripts', 'node_modules']) symlinkSync(join(repository, part), join(folder, part));
  for (const cluster of readdirSync(join(folder, 'clusters'))) {
    const source = join(folder, 'clusters', cluster, 'cluster.ts');
    writeFileSync(source, readFileSync(source, 'utf8').replaceAll(/age1[a-z0-9]{58}/g, key.recipient));
    for (const file of secretFiles(join(folder, 'clusters', cluster, 'secrets'))) {
      const secret = load(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>;
      const keys = [...Object.keys(secret.data ?? {}), ...Object.keys(secret.stringData ?? {})];
      const { name = '', namespace = '' } = secret.metadata ?? {};
      writeFileSync(file, await encryptDummy(name, namespace, keys, key));
    }
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

function secretFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Runs our command line in a repository. */
export async function chitin(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execa('node', [join(repository, 'scripts/chitin.ts'), ...args], {
    cwd: folder,
    preferLocal: true,
    localDir: repository,
  });
  return stdout;
}
