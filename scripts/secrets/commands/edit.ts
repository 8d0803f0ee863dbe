import type { Command } from 'commander';
import { type Given, privateCommand } from '../private-command.ts';

interface Flags {
  readonly dryRun?: true;
}

/** `chitin secrets edit`. */
export function editCommand(): Command {
  return privateCommand<Flags>(
    'edit',
    { '<cluster>': 'cluster with SOPS', '<secret>': 'namespace/name, or name where one namespace alone has it' },
    edit,
  )
    .description(
      'Change the values of a secret in $VISUAL or $EDITOR, with the private key at hand. The text is in memory alone (/dev/shm), as far as the editor keeps no copies elsewhere.',
    )
    .option('--dry-run', 'write nothing; say what would be')
    .addHelpText('after', '\nExample:\n  SOPS_AGE_KEY_FILE=~/keys/lab.agekey chitin secrets edit lab claw-matrix\n');
}

async function edit({ args: [name = '', secretName = ''], flags }: Given<Flags>): Promise<void> {
  const { execa } = await import('execa');
  const { UsageError } = await import('../../usage-error.ts');
  const { changeSecret, requireKeeper } = await import('../change-secret.ts');
  const { clusterSecrets, clustersOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { editableText, editedValues } = await import('../edited-values.ts');
  const { inMemoryFile } = await import('../memory-file.ts');
  const { openSecret } = await import('../opened-secret.ts');
  const { secretOf } = await import('../target.ts');
  const repository = repositoryHere();
  clustersOf(repository, [name]);
  const cluster = await clusterSecrets(repository, name);
  const secret = secretOf(cluster, secretName);
  const editor = process.env.VISUAL || process.env.EDITOR;
  if (!editor) throw new UsageError('neither VISUAL nor EDITOR names an editor; chitin secrets set changes one key');
  const before = await openSecret(cluster, secret);
  const text = await inMemoryFile(`${secret.name}.yaml`, editableText(before), async (file) => {
    // As git does it: the variable is a piece of a command line, such as `code --wait`.
    const { exitCode } = await execa('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit', reject: false });
    if (exitCode !== 0) throw new UsageError('the editor ended with an error; nothing was changed');
  });
  const { set, remove } = editedValues(before, text);
  const known = secret.keys.map(({ key }) => key);
  if ([...set.keys()].some((key) => !known.includes(key)))
    throw new UsageError(
      `there is a key that no app needs; nothing was changed. ${secret.namespace}/${secret.name} has: ${known.join(', ')}.`,
    );
  if (set.size + remove.length === 0) return console.log('nothing was changed');
  const change = { set, remove, dryRun: flags.dryRun ?? false };
  console.log(await changeSecret(cluster, requireKeeper(cluster), secret, change));
}
