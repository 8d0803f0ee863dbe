import type { Command } from 'commander';
import { choice, type Given, privateCommand } from '../private-command.ts';

interface Flags {
  readonly format: 'text' | 'json';
}

/** `chitin secrets verify`. */
export function verifyCommand(): Command {
  return privateCommand<Flags>('verify', { '[cluster...]': 'clusters to look at (all)' }, verify)
    .description(
      'Prove, without a private key and without a network, that no value is missing or readable, and that each was encrypted for its cluster.',
    )
    .addOption(choice('--format <format>', 'how to report', ['text', 'json'], 'text'))
    .addHelpText('after', '\nExample:\n  chitin secrets verify lab edge\n\nExit code 1 with findings.\n');
}

async function verify({ args, flags }: Given<Flags>): Promise<void> {
  const { clusterSecrets, clustersOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { verifyCluster } = await import('../verify.ts');
  const repository = repositoryHere();
  const verified = [];
  for (const name of clustersOf(repository, args)) verified.push(verifyCluster(await clusterSecrets(repository, name)));
  const findings = verified.flatMap((each) => each.findings);
  if (flags.format === 'json') console.log(JSON.stringify({ clusters: verified }, null, 2));
  else {
    const { count, table } = await import('../table.ts');
    for (const { kind, message, why, help } of findings)
      console.error(`${[`${kind} ${message}`, why, help].filter((line) => line !== undefined).join('\n  ')}\n`);
    const rows = verified.map((each) => [
      each.cluster,
      each.backend,
      count(each.secrets, 'secret'),
      count(each.keys, 'key'),
      each.findings.length === 0 ? 'no findings' : count(each.findings.length, 'finding'),
      each.facts.join(', '),
    ]);
    console.log(table(rows));
    for (const note of verified.flatMap((each) => each.notes)) console.log(note);
  }
  process.exitCode = findings.length > 0 ? 1 : 0;
}
