import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { Loose } from '../manifest.ts';

/** Where clients look for their in-cluster configuration. */
export const tokenFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * A short-lived token for the API server, and nothing else: mounted only into the container that needs it, while
 * automounting is off. Without `audience` the token is for the API server alone, whatever its issuer is called.
 */
export const apiTokenVolume: Loose<IVolume> = {
  name: 'api-token',
  projected: {
    defaultMode: 0o440,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
};
