/**
 * The rival: stock cdk8s on the clusters that `synth` renders.
 *
 * `node stock.ts REPOSITORY OUT TYPE` calls `App.synth` of each cluster, with a key of cdk8s's `YamlOutputType`, into
 * `OUT/<cluster>`, and prints how many objects the trees have.
 */
import { join } from 'node:path';
import { ApiObject, YamlOutputType } from 'cdk8s';
import { clusterNames, loadCluster } from '../scripts/synth/clusters.ts';

const [repository = '', out = '', type = ''] = process.argv.slice(2);
let objects = 0;
for (const name of clusterNames(repository)) {
  const loaded = await loadCluster(repository, name);
  if ('error' in loaded) throw new Error(loaded.error);
  const { cluster } = loaded;
  // What cdk8s's command line would have given to the constructor.
  Object.assign(cluster, {
    outdir: join(out, name),
    yamlOutputType: YamlOutputType[type as keyof typeof YamlOutputType],
  });
  cluster.synth();
  objects += cluster.node.findAll().filter((construct) => ApiObject.isApiObject(construct)).length;
}
console.log(objects);
