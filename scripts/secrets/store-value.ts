import { isUtf8 } from 'node:buffer';
import { execa } from 'execa';
import type { SecretKeeping } from '../../constructs/secrets/backend.ts';
import { UsageError } from '../usage-error.ts';
import type { ClusterSecrets } from './cluster-secrets.ts';
import type { NeededSecret } from './needs.ts';
import type { ReadValue } from './text-value.ts';

type Store = Extract<SecretKeeping, { kind: 'externalSecrets' }>;

/**
 * Says where a value of a store belongs or, when asked, puts it into Vault.
 *
 * @param read asks for the value, and only when it will be used
 * @throws UsageError that says where it belongs, or that Vault did not take it
 */
export async function setInStore(
  { name: cluster }: ClusterSecrets,
  { store, remoteKey, parts }: Store,
  { secret, key }: { readonly secret: NeededSecret; readonly key: string },
  read: () => Promise<ReadValue>,
  { writeVault: mount, dryRun }: { readonly writeVault?: string; readonly dryRun?: true },
): Promise<void> {
  const place = remoteKey(secret);
  const made = parts?.(secret, key);
  if (made !== undefined) {
    throw new UsageError(
      `${key} of ${secret.namespace}/${secret.name} is put together by a template of externalSecrets(): its parts ${made.join(', ')} belong into ${store.kind} ${store.name}, key ${place}. Nothing was changed.`,
    );
  }
  const where = `${store.kind} ${store.name}, key ${place}, property ${key}`;
  if (mount === undefined) {
    throw new UsageError(
      `the secrets of cluster ${cluster} are in no file of the repository: this value belongs into ${where}. Where the store is Vault, --write-vault MOUNT puts it there by your vault command. Nothing was changed.`,
    );
  }
  // What begins with a dash would be an option of vault.
  if (!/^[A-Za-z0-9_][\w./-]*$/.test(mount) || place.startsWith('-'))
    throw new UsageError('--write-vault wants the path of a KV engine, such as secret');
  const { value, notes } = await read();
  if (!isUtf8(value))
    throw new UsageError(
      'the value is not text, and Vault keeps text; encode it, and let the consumer decode it. Nothing was changed',
    );
  if (dryRun) console.log(`${where}: would be set`);
  else {
    await writeToVault(mount, place, key, value);
    console.log(`${where}: set`);
  }
  if (notes.length > 0) console.log(notes.join('\n'));
}

/**
 * `vault kv patch` leaves the other properties as they are, and fails where there is none yet; there `put` makes the first
 * version, which `-cas=0` refuses where there is one after all.
 */
async function writeToVault(mount: string, place: string, key: string, value: Uint8Array): Promise<void> {
  const ends = [];
  for (const how of [['patch'], ['put', '-cas=0']]) {
    const args = ['kv', ...how, `-mount=${mount}`, place, `${key}=-`];
    // What vault says is not shown: it may repeat what it was given.
    const { exitCode, code } = await execa('vault', args, { input: value, reject: false, buffer: false });
    if (exitCode === 0) return;
    if (code === 'ENOENT')
      throw new UsageError('--write-vault: there is no vault command on the PATH; nothing was changed');
    ends.push(`vault kv ${how[0]} ended with ${exitCode ?? 'a signal'}`);
  }
  throw new UsageError(
    `--write-vault: ${ends.join(', and ')}; nothing was changed. vault token lookup says whether you are signed in, and vault token capabilities what you may do there.`,
  );
}
