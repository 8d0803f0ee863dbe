import { Claw } from '../../apps/claw/claw.ts';
import { Cluster, flux, kubernetesNetworkPolicies, sealedSecrets } from '../../constructs/index.ts';

const mirror = 'registry.edge.this-is-fine.internal';

export default new Cluster('edge', {
  kubernetes: '1.34',
  domain: 'edge.this-is-fine.internal',
  gitops: flux({
    repository: { url: 'ssh://git@git.this-is-fine.io/homelab/lab.git', secret: 'edge-git' },
    after: ['sealed-secrets'],
  }),
  secrets: sealedSecrets({ certificate: './sealed-secrets.pem' }),
  gateway: {
    name: 'traefik-gateway',
    namespace: 'traefik',
    listener: 'websecure',
    scheme: 'https',
    peers: [{ kind: 'pods', namespace: 'traefik', labels: { 'app.kubernetes.io/name': 'traefik' } }],
  },
  storageClass: 'local-path',
  images: {
    mirrors: {
      'docker.io': `${mirror}/docker.io`,
      'ghcr.io': `${mirror}/ghcr.io`,
      'oci.this-is-fine.io': `${mirror}/oci.this-is-fine.io`,
    },
    pullSecrets: ['registry-mirror'],
  },
  network: kubernetesNetworkPolicies(),
  apiServer: { cidrs: ['10.20.0.10/32'], port: 6443 },
  apps: (cluster) => {
    new Claw(cluster, { rooms: ['!edge:this-is-fine.social'], people: ['@sam:this-is-fine.social'] });
    cluster.accept('image-digest', { because: 'Renovate adds digests; these images could not be asked for theirs' });
  },
});
