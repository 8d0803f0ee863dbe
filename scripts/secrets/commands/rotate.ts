import type { Command } from 'commander';
import { type Given, privateCommand } from '../private-command.ts';

interface Flags {
  readonly reencrypt?: true;
  readonly context?: string;
  readonly namespace?: string;
  readonly service?: string;
  readonly dryRun?: true;
}

/** `chitin secrets rotate`. */
export function rotateCommand(): Command {
  return privateCommand<Flags>('rotate', { '<cluster>': 'cluster whose recipients or certificate changed' }, rotate)
    .description(
      'Encrypt what a cluster has for its present key. SOPS: to the recipients in cluster.ts, with a private key at hand. Sealed Secrets: says which values have to be given again.',
    )
    .option('--reencrypt', 'Sealed Secrets: have the controller encrypt the values again')
    .option('--context <name>', 'context of the kubeconfig (the current one)')
    .option('--namespace <name>', 'namespace of the controller (kube-system)')
    .option('--service <name>', 'service of the controller (sealed-secrets-controller)')
    .option('--dry-run', 'write nothing; say what would be')
    .addHelpText(
      'after',
      '\nExample:\n  SOPS_AGE_KEY_FILE=~/keys/lab.agekey chitin secrets rotate lab\n\nExit code 1 when values have to be given again.\n',
    );
}

async function rotate({ args: [name = ''], flags }: Given<Flags>): Promise<void> {
  const { UsageError } = await import('../../usage-error.ts');
  const { requireKeeper } = await import('../change-secret.ts');
  const { clusterSecrets, clustersOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { rotateSealed, rotateSops } = await import('../rotation.ts');
  const repository = repositoryHere();
  clustersOf(repository, [name]);
  const cluster = await clusterSecrets(repository, name);
  requireKeeper(cluster);
  const dryRun = flags.dryRun ?? false;
  const { keeping } = cluster;
  if (keeping?.kind === 'sealedSecrets') {
    const { lines, left } = await rotateSealed(cluster, keeping, flags.reencrypt ? flags : undefined, dryRun);
    console.log(lines.join('\n'));
    process.exitCode = left > 0 ? 1 : 0;
  } else if (keeping?.kind === 'sops') {
    if (flags.reencrypt) throw new UsageError('--reencrypt is for Sealed Secrets');
    console.log((await rotateSops(cluster, keeping.recipients, dryRun)).join('\n'));
  }
}
