import { Command, Option } from 'commander';
import { printBroken, printJson, printText } from './output.ts';

/** `chitin explain`. */
export function explainCommand(): Command {
  return new Command('explain')
    .description(
      'Say why a generated object is there: its line of source, and which part of the app asked for what in it.',
    )
    .argument('<file-or-object...>', 'a file below dist, or kind/name as kubectl takes it')
    .option('-n, --namespace <name>', 'look for objects in this namespace alone')
    .option('--cluster <name>', 'look in this cluster alone (all)')
    .addOption(new Option('--format <format>', 'how to report').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nExamples:\n  chitin explain dist/lab/claw/ciliumnetworkpolicy.claw.yaml\n  chitin explain statefulset/claw --cluster lab\n',
    )
    .action(run);
}

interface Flags {
  readonly namespace?: string;
  readonly cluster?: string;
  readonly format: 'text' | 'json';
}

async function run(names: readonly string[], { namespace, cluster, format }: Flags): Promise<void> {
  const { chosenClusters } = await import('../synth/chosen-clusters.ts');
  const { repository, clusters } = chosenClusters(cluster === undefined ? [] : [cluster]);
  const { explain } = await import('./explain.ts');
  const result = await explain({ repository, clusters, names, namespace, folder: process.cwd() });
  if (format === 'json') printJson(result);
  else printText(result);
  printBroken(result.broken);
  process.exitCode = result.broken.length > 0 ? 1 : 0;
}
