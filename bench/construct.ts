/**
 * What both programs have in common: `node construct.ts REPOSITORY` loads the clusters and derives all of their objects, and
 * renders none.
 */
import { clusterNames, loadCluster } from '../scripts/synth/clusters.ts';

const [repository = ''] = process.argv.slice(2);
for (const name of clusterNames(repository)) {
  const loaded = await loadCluster(repository, name);
  if ('error' in loaded) throw new Error(loaded.error);
  for (const construct of loaded.cluster.node.findAll()) {
    const [error] = construct.node.validate();
    if (error !== undefined) throw new Error(error);
  }
}
