import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { ClusterFacts } from '../facts.ts';
import type { Loose } from '../manifest.ts';
import { pullSecretNames } from '../secrets/pull-secret.ts';
import type { User } from './plan.ts';

/** What every pod that we make has: no token, no Service variables, no privileges, names asked for as they stand. */
export function podDefaults(agent: string, cluster: ClusterFacts, user: User) {
  const pullSecrets = pullSecretNames(agent, cluster.images);
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
