import type { Command } from 'commander';
import { choice, type Given, privateCommand } from '../private-command.ts';

interface Flags {
  readonly reveal?: true;
  readonly format: 'text' | 'json';
}

/** `chitin secrets show`. */
export function showCommand(): Command {
  return privateCommand<Flags>(
    'show',
    {
      '<cluster>': 'cluster with SOPS',
      '<secret>': 'namespace/name, or name where one namespace alone has it',
      '[key]': 'one key (all)',
    },
    show,
  )
    .description('Open a secret with the private key at hand. Values are masked.')
    .option('--reveal', 'show the values; that of one key exactly as it is, with nothing around it')
    .addOption(choice('--format <format>', 'how to report', ['text', 'json'], 'text'))
    .addHelpText('after', '\nExample:\n  SOPS_AGE_KEY_FILE=~/keys/lab.agekey chitin secrets show lab claw-matrix\n');
}

async function show({ args: [name = '', secretName = '', keyName], flags }: Given<Flags>): Promise<void> {
  const { isUtf8 } = await import('node:buffer');
  const { UsageError } = await import('../../usage-error.ts');
  const { clusterSecrets, clustersOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { openSecret } = await import('../opened-secret.ts');
  const { count, table } = await import('../table.ts');
  const { secretOf } = await import('../target.ts');
  const repository = repositoryHere();
  clustersOf(repository, [name]);
  const cluster = await clusterSecrets(repository, name);
  const values = await openSecret(cluster, secretOf(cluster, secretName));
  if (keyName !== undefined && !values.has(keyName))
    throw new UsageError(`the file has no such key. It has: ${[...values.keys()].join(', ')}.`);
  const shown = [...values].filter(([key]) => keyName === undefined || key === keyName);
  if (flags.format === 'json') {
    const contentOf = (bytes: Uint8Array) =>
      isUtf8(bytes) ? { value: Buffer.from(bytes).toString() } : { base64: Buffer.from(bytes).toString('base64') };
    const keys = shown.map(([key, bytes]) => ({ key, bytes: bytes.length, ...(flags.reveal ? contentOf(bytes) : {}) }));
    console.log(JSON.stringify({ keys }, null, 2));
    return;
  }
  const [only] = shown;
  if (flags.reveal && keyName !== undefined && only) {
    process.stdout.write(only[1]);
    return;
  }
  const textOf = (bytes: Uint8Array) => {
    if (!flags.reveal) return `masked (${count(bytes.length, 'byte')})`;
    return isUtf8(bytes) ? JSON.stringify(Buffer.from(bytes).toString()) : `binary (${count(bytes.length, 'byte')})`;
  };
  console.log(table(shown.map(([key, bytes]) => [key, textOf(bytes)])));
}
