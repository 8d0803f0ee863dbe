import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { copyRepository, repository } from '../scripts/testing/repository-copy.ts';

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

/** Encrypts a Secret to a test key. The values are dummies; they still go through standard input alone. */
export async function encryptSecret(
  name: string,
  namespace: string,
  stringData: Readonly<Record<string, string>>,
  key: TestKey,
): Promise<string> {
  const plain = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData });
  const args = ['encrypt', '--age', key.recipient, '--encrypted-regex', '^(data|stringData)$'];
  const format = ['--filename-override', 'secret.json', '--output-type', 'yaml'];
  const { stdout } = await execa('sops', [...args, ...format], { input: plain });
  return `${stdout}\n`;
}

/** Opens a file that was encrypted to a test key. */
export async function decrypt(path: string, key: TestKey): Promise<string> {
  const { stdout } = await execa('sops', ['decrypt', path], { env: { SOPS_AGE_KEY: key.identity } });
  return stdout;
}

/**
 * A copy of the repository whose SOPS files hold dummy values for a test key: the private halves of the committed
 * clusters' keys do not exist any more, so nothing else could be decrypted.
 */
export async function copyWithTestKey(key: TestKey): Promise<{ folder: string; remove: () => void }> {
  const folder = copyRepository();
  for (const cluster of readdirSync(join(folder, 'clusters'))) {
    const source = join(folder, 'clusters', cluster, 'cluster.ts');
    writeFileSync(source, readFileSync(source, 'utf8').replaceAll(/age1[a-z0-9]{58}/g, key.recipient));
    for (const file of secretFiles(join(folder, 'clusters', cluster, 'secrets'))) {
      const secret = load(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>;
      if (!secret.sops) continue;
      const keys = [...Object.keys(secret.data ?? {}), ...Object.keys(secret.stringData ?? {})];
      const { name = '', namespace = '' } = secret.metadata ?? {};
      const values = Object.fromEntries(keys.map((each) => [each, `dummy value of ${each}`]));
      writeFileSync(file, await encryptSecret(name, namespace, values, key));
    }
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

function secretFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
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
