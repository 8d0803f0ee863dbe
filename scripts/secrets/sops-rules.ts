import { factsOf } from '../../constructs/facts.ts';
import { clusterNames, loadCluster } from '../synth/clusters.ts';
import { type FileChange, readFile } from './files.ts';
import type { Finding } from './keeper.ts';
import { creationRules, type SopsCluster } from './sops/creation-rules.ts';
import { SopsError } from './sops/sops-error.ts';

/** Where sops itself looks up how a file is encrypted. */
export const sopsRulesFile = '.sops.yaml';

/** Whether `.sops.yaml` has the rule of one cluster: then the others need not be loaded. */
export function hasSopsRule(repository: string, cluster: SopsCluster): boolean {
  const lines = (text: string | undefined) => (text ?? '').split('\n').map((line) => line.trim());
  const [, , ...rule] = lines(creationRules(undefined, [cluster])).slice(0, -2);
  return `\n${lines(readFile(repository, sopsRulesFile)).join('\n')}\n`.includes(`\n${rule.join('\n')}\n`);
}

/** Whether sops itself, by `.sops.yaml`, would encrypt files of a cluster as we do; without that file it does not encrypt at all. */
export function sopsRulesFindings(repository: string, cluster: SopsCluster): readonly Finding[] {
  const text = readFile(repository, sopsRulesFile);
  if (text === undefined) return [];
  try {
    creationRules(text, [cluster]);
  } catch (error) {
    if (!(error instanceof SopsError)) throw error;
    return [{ kind: 'damaged', ...error.problem }];
  }
  if (hasSopsRule(repository, cluster)) return [];
  return [
    {
      kind: 'wrong-key',
      message: `${sopsRulesFile}: it has not the rule of cluster ${cluster.name}`,
      why: 'Whoever encrypts a file with sops by hand encrypts it for others than the cluster, or leaves values readable.',
      help: `Have it written: chitin secrets rotate ${cluster.name}`,
    },
  ];
}

/**
 * What `.sops.yaml` has to be, so that the sops program encrypts for the same recipients as we do. A cluster that cannot be
 * loaded would lose its rule: then the file stays as it is.
 */
export async function sopsRules(repository: string): Promise<FileChange | undefined> {
  const clusters: SopsCluster[] = [];
  for (const name of clusterNames(repository)) {
    const loaded = await loadCluster(repository, name);
    if ('error' in loaded) return undefined;
    const { keeping } = factsOf(loaded.cluster).secrets;
    if (keeping?.kind === 'sops') clusters.push({ name, recipients: keeping.recipients });
  }
  const before = readFile(repository, sopsRulesFile);
  const text = creationRules(before, clusters);
  return text === undefined ? undefined : { path: sopsRulesFile, text, before };
}
