import type { Command } from 'commander';
import { type Given, privateCommand } from '../private-command.ts';

interface Flags {
  readonly dryRun?: true;
}

/** `chitin secrets remove`. */
export function removeCommand(): Command {
  return privateCommand<Flags>(
    'remove',
    {
      '<cluster>': 'cluster that has it',
      '<secret>': 'namespace/name, or name where one namespace alone has it',
      '<key>': 'key that no app needs any more',
    },
    remove,
  )
    .description('Take a key out of the file of a secret.')
    .option('--dry-run', 'write nothing; say what would be')
    .addHelpText('after', '\nExample:\n  chitin secrets remove lab claw-matrix recovery-key\n');
}

async function remove({ args: [name = '', secretName = '', key = ''], flags }: Given<Flags>): Promise<void> {
  const { UsageError } = await import('../../usage-error.ts');
  const { changeSecret, requireKeeper } = await import('../change-secret.ts');
  const { clusterSecrets, clustersOf, placeOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { secretOf } = await import('../target.ts');
  const repository = repositoryHere();
  clustersOf(repository, [name]);
  const cluster = await clusterSecrets(repository, name);
  const secret = secretOf(cluster, secretName);
  if (secret.keys.some((needed) => needed.key === key))
    throw new UsageError(`an app needs that key of ${secret.namespace}/${secret.name}; take it out of the app first`);
  const keeper = requireKeeper(cluster);
  const text = cluster.files.read(secret.namespace, secret.name);
  const found = keeper.inspect(placeOf(cluster, secret), text, [key]);
  if (found.some((finding) => finding.kind === 'missing' && finding.key === key))
    throw new UsageError(`the file of ${secret.namespace}/${secret.name} has no such key`);
  const change = { set: new Map(), remove: [key], dryRun: flags.dryRun ?? false };
  console.log(await changeSecret(cluster, keeper, secret, change));
}
