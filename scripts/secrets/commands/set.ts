import type { Command } from 'commander';
import { type Given, privateCommand } from '../private-command.ts';
import type { ValueFlags } from '../value-source.ts';

interface Flags extends ValueFlags {
  readonly dryRun?: true;
  readonly writeVault?: string;
}

/** `chitin secrets set`. */
export function setCommand(): Command {
  return privateCommand<Flags>(
    'set',
    {
      '<cluster>': 'cluster whose apps need it',
      '<secret>': 'namespace/name, or name where one namespace alone has it',
      '<key>': 'key of the secret',
    },
    set,
  )
    .description(
      'Give a key its value: from a hidden prompt, or from stdin when that is no terminal. It is encrypted for the cluster before anything is written. A newline at the end of a value of one line is left out.',
    )
    .option('--from-file <path>', 'read the value from a file')
    .option('--from-env <name>', 'read the value from an environment variable')
    .option('--keep-newline', 'leave the newline at the end of a value of one line')
    .option('--dry-run', 'write nothing; say what would be')
    .option(
      '--write-vault <mount>',
      'External Secrets: put the value into this KV version 2 engine of Vault, by your vault command as it is configured',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  chitin secrets set lab claw-matrix password\n  pass show bots/claw | chitin secrets set lab zeroclaw/claw-matrix password\n',
    );
}

async function set({ args: [name = '', secretName = '', keyName = ''], flags }: Given<Flags>): Promise<void> {
  const { UsageError } = await import('../../usage-error.ts');
  const { clusterSecrets, clustersOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { keyOf, secretOf } = await import('../target.ts');
  const { requireTypedValue } = await import('../typed-value.ts');
  const { valueFrom } = await import('../value-source.ts');
  const repository = repositoryHere();
  clustersOf(repository, [name]);
  const cluster = await clusterSecrets(repository, name);
  const secret = secretOf(cluster, secretName);
  const { key, what } = keyOf(secret, keyName);
  const read = async () => {
    const given = await valueFrom(flags, `${key} (${what})`);
    requireTypedValue(secret, key, given.value);
    return given;
  };
  if (cluster.keeping?.kind === 'externalSecrets') {
    const { setInStore } = await import('../store-value.ts');
    return await setInStore(cluster, cluster.keeping, { secret, key }, read, flags);
  }
  if (flags.writeVault !== undefined)
    throw new UsageError(`--write-vault: the secrets of cluster ${name} are not in a store (${cluster.backend})`);
  const { changeSecret, requireKeeper } = await import('../change-secret.ts');
  // Before anybody types a value in vain.
  const keeper = requireKeeper(cluster);
  const { value, notes } = await read();
  const change = { set: new Map([[key, value]]), remove: [], dryRun: flags.dryRun ?? false };
  const told = await changeSecret(cluster, keeper, secret, change);
  console.log([told, ...notes].join('\n'));
}
