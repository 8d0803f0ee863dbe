import type { Command } from 'commander';
import { choice, type Given, privateCommand } from '../private-command.ts';
import type { InspectedSecret } from '../state.ts';

interface Flags {
  readonly format: 'text' | 'json';
}

/** `chitin secrets list`. */
export function listCommand(): Command {
  return privateCommand<Flags>('list', { '[cluster]': 'one cluster (all)' }, list)
    .description('Every secret that the apps need: its keys, who reads them, and how they are kept.')
    .addOption(choice('--format <format>', 'how to report', ['text', 'json'], 'text'))
    .addHelpText('after', '\nExample:\n  chitin secrets list lab\n');
}

async function list({ args, flags }: Given<Flags>): Promise<void> {
  const { clusterSecrets, clustersOf, repositoryHere } = await import('../cluster-secrets.ts');
  const { keeperOf } = await import('../keepers.ts');
  const { inspectAll, stateOf } = await import('../state.ts');
  const repository = repositoryHere();
  const clusters = [];
  for (const name of clustersOf(repository, args)) {
    const cluster = await clusterSecrets(repository, name);
    const { keeper, facts } = keeperOf(cluster);
    clusters.push({ name, backend: cluster.backend, facts, secrets: inspectAll(cluster, keeper) });
  }
  const keysOf = (inspected: InspectedSecret) =>
    inspected.secret.keys.map((key) => ({ ...key, state: stateOf(inspected, key) }));
  if (flags.format === 'json') {
    const shown = clusters.map(({ secrets, ...cluster }) => ({
      ...cluster,
      secrets: secrets.map((inspected) => ({
        namespace: inspected.secret.namespace,
        name: inspected.secret.name,
        path: inspected.path,
        keys: keysOf(inspected),
      })),
    }));
    console.log(JSON.stringify({ clusters: shown }, null, 2));
    return;
  }
  const { table } = await import('../table.ts');
  const texts = clusters.map(({ name, backend, facts, secrets }) => {
    const rows = secrets.flatMap((inspected) =>
      keysOf(inspected).map(({ key, what, state, users }) => [
        `  ${inspected.secret.namespace}/${inspected.secret.name}`,
        key,
        state,
        users
          .map(({ path, parts }) => [path, ...(parts.length > 0 ? [`(${parts.join(', ')})`] : [])].join(' '))
          .join(', '),
        what,
      ]),
    );
    const header = ['  SECRET', 'KEY', 'STATE', 'USED BY', 'WHAT'];
    const title = [name, backend, ...facts].join('  ');
    return rows.length > 0 ? `${title}\n${table([header, ...rows])}` : `${title}\n  its apps need no secret`;
  });
  console.log(texts.join('\n\n'));
}
