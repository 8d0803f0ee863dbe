import { relative, resolve, sep } from 'node:path';
import { Command, Option } from 'commander';
import { UsageError } from '../usage-error.ts';
import { printJson, printText } from './output.ts';

/** `chitin synth`. */
export function synthCommand(): Command {
  return new Command('synth')
    .description('Render clusters into plain YAML. Nothing is written when anything is wrong.')
    .argument('[cluster...]', 'clusters to render (all)')
    .option('--check', 'write nothing; fail when the output is stale')
    .option('--strict', 'fail on findings that no accept() in source silences')
    .option('--out <folder>', 'where to render to (dist of the repository)')
    .addOption(new Option('--format <format>', 'how to report').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExample:\n  chitin synth lab --check\n')
    .action(run);
}

interface Flags {
  readonly check?: true;
  readonly strict?: true;
  readonly out?: string;
  readonly format: 'text' | 'json';
}

async function run(clusters: readonly string[], flags: Flags): Promise<void> {
  const { chosenClusters } = await import('./chosen-clusters.ts');
  const { repository } = chosenClusters(clusters);
  const { synth } = await import('./synth.ts');
  const out = flags.out === undefined ? resolve(repository, 'dist') : resolve(flags.out);
  if (`${repository}${sep}`.startsWith(`${out}${sep}`)) {
    throw new UsageError(`--out ${flags.out} holds the repository; choose a folder of its own`);
  }
  const check = flags.check ?? false;
  const result = await synth({ repository, out, clusters, check, strict: flags.strict ?? false });
  const shown = relative(process.cwd(), out) || '.';
  if (flags.format === 'json') printJson(result);
  else printText(result, { check, out: shown });
  const { changes } = result;
  const stale = check && changes !== undefined && !isClean(changes);
  const smuggled = (check || flags.strict) && changes !== undefined && changes.foreign.length > 0;
  process.exitCode = result.errors.length > 0 || changes === undefined || stale || smuggled ? 1 : 0;
}

function isClean({
  added,
  changed,
  removed,
}: {
  added: readonly string[];
  changed: readonly string[];
  removed: readonly string[];
}): boolean {
  return added.length + changed.length + removed.length === 0;
}
