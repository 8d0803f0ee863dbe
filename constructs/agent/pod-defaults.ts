import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { ClusterFacts } from '../facts.ts';
import type { Loose } from '../manifest.ts';
import type { User } from './plan.ts';

/** What every pod that we make has: no token, no Service variables, no privileges, names asked for as they stand. */
export function podDefaults(cluster: ClusterFacts, user: User) {
  const pullSecrets = cluster.images.pullSecrets ?? [];
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    dnsConfig: cluster.network.matchesHostNames ? { options: [{ name: 'ndots', value: '1' }] } : undefined,
    imagePullSecrets: pullSecrets.length > 0 ? pullSecrets.map((name) => ({ name })) : undefined,
    securityContext: {
      runAsNonRoot: user.uid === 0 ? undefined : true,
      runAsUser: user.uid,
      runAsGroup: user.gid,
      fsGroup: user.gid,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
  } satisfies Partial<Loose<IPodSpec>>;
}
