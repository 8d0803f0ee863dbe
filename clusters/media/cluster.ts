import { OpenClawMedia } from '../../apps/openclaw-media/openclaw-media.ts';
import { argocd, Cluster, cilium, externalSecrets } from '../../constructs/index.ts';

export default new Cluster('media', {
  kubernetes: '1.36',
  domain: 'media.this-is-fine.io',
  gitops: argocd({ repository: { url: 'https://git.this-is-fine.io/media/cluster.git' } }),
  secrets: externalSecrets({
    store: {
      kind: 'ClusterSecretStore',
      name: 'vault',
      provider: {
        vault: {
          server: 'https://vault.media.this-is-fine.io',
          path: 'secret',
          auth: {
            kubernetes: {
              mountPath: 'kubernetes',
              role: 'external-secrets',
              serviceAccountRef: { name: 'external-secrets', namespace: 'external-secrets' },
            },
          },
        },
      },
    },
    prefix: 'kubernetes/media',
  }),
  gateway: {
    name: 'external',
    namespace: 'network',
    listener: 'https',
    scheme: 'https',
    peers: 'cilium-ingress',
  },
  storageClass: 'nfs-client',
  network: cilium(),
  apps: (cluster) => {
    new OpenClawMedia(cluster, { people: ['U012ABCDEF'], channel: 'C012ABCDEF' });
    cluster.accept('image-digest', { because: 'Renovate adds digests; these images could not be asked for theirs' });
  },
});
