import { KubeConfig, VersionApi } from '@kubernetes/client-node';
import type { Minor } from '../scripts/manifest/floor-row.ts';

/** The minor of the API server that `KUBECONFIG` names: the one that it emulates, if it does (Kubernetes 1.34 tells). */
export async function serverMinor(): Promise<Minor> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const { minor, emulationMinor } = await config.makeApiClient(VersionApi).getCode();
  // Some vendors write "35+".
  return `1.${Number.parseInt(emulationMinor || minor, 10)}`;
}
