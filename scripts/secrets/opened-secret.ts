import { UsageError } from '../usage-error.ts';
import { requireKeeper } from './change-secret.ts';
import { type ClusterSecrets, placeOf } from './cluster-secrets.ts';
import { readFile } from './files.ts';
import type { Values } from './keeper.ts';
import { sopsEngineHere } from './keepers.ts';
import type { NeededSecret } from './needs.ts';

/** The values of a Secret, with the private key at hand. @throws UsageError for a backend that only the cluster opens */
export async function openSecret(cluster: ClusterSecrets, secret: NeededSecret): Promise<Values> {
  requireKeeper(cluster);
  if (cluster.keeping?.kind !== 'sops')
    throw new UsageError(
      `the secrets of cluster ${cluster.name} (${cluster.backend}) are opened by its controller alone. chitin secrets set gives a key a new value.`,
    );
  const { path } = placeOf(cluster, secret);
  const text = readFile(cluster.repository, path);
  if (text === undefined) throw new UsageError(`there is no ${path}. chitin secrets set makes it.`);
  const engine = await sopsEngineHere();
  return await engine.open({ path, text });
}
