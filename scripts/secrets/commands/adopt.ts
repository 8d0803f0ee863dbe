import type { Command } from 'commander';
import { type Given, privateCommand } from '../private-command.ts';

interface Flags {
  readonly dryRun?: true;
}

/** `chitin secrets adopt`. */
export function adoptCommand(): Command {
  return privateCommand<Flags>(
    'adopt',
    {
      '<cluster>': 'cluster with Sealed Secrets',
      '[secret...]': 'namespace/name, or name where one namespace alone has it (all)',
    },
    adopt,
  )
    .description(
      'Record values that kubeseal sealed, on your word that it was for the pinned certificate, this name and this scope: the ciphertext shows none of it.',
    )
    .option('--dry-run', 'write nothing; say what would be')
    .addHelpText('after', '\nExample:\n  chitin secrets adopt edge zeroclaw/claw-matrix\n');
}

async function adopt({ args: [name = '', ...wanted], flags }: Given<Flags>): Promise<void> {
  const { UsageError } = await import('../../usage-error.ts');
  const { writeAll } = await import('../change-secret.ts');
  const { clusterSecrets, clustersOf, placeOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { readFile } = await import('../files.ts');
  const { sealedKeeperOf } = await import('../keepers.ts');
  const { secretOf } = await import('../target.ts');
  const repository = repositoryHere();
  clustersOf(repository, [name]);
  const cluster = await clusterSecrets(repository, name);
  const { keeping } = cluster;
  if (keeping?.kind !== 'sealedSecrets')
    throw new UsageError(`cluster ${name} has ${cluster.backend}: only Sealed Secrets have a record`);
  const keeper = sealedKeeperOf(cluster, keeping);
  const secrets = wanted.length > 0 ? wanted.map((text) => secretOf(cluster, text)) : cluster.needed;
  const adopted = [];
  const beside = new Map<string, string>();
  for (const secret of secrets) {
    const { path, ...place } = placeOf(cluster, secret);
    const text = readFile(repository, path);
    if (text === undefined) continue;
    const change = keeper.adopt({ ...place, path }, text);
    for (const file of change.beside ?? []) beside.set(file.path, file.text);
    adopted.push(path);
  }
  const files = [...beside].map(([path, text]) => ({ path, text, before: readFile(repository, path) }));
  const written = await writeAll(cluster, files, flags.dryRun ?? false);
  const verb = flags.dryRun ? 'would be adopted' : 'adopted';
  console.log(
    written.length === 0
      ? 'nothing to adopt'
      : [...adopted.map((path) => `${path}: ${verb}`), `with it: ${written.join(', ')}`].join('\n'),
  );
}
