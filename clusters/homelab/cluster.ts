import { OpenClawHomelab } from '../../apps/openclaw-homelab/openclaw-homelab.ts';
import { Cluster, flux, kubernetesNetworkPolicies, SealedSecretsGuard, sealedSecrets } from '../../constructs/index.ts';

export default new Cluster('homelab', {
  kubernetes: '1.35',
  domain: 'home.this-is-fine.io',
  gitops: flux({
    repository: { url: 'https://git.this-is-fine.io/homelab/house.git', secret: 'house-git' },
    after: ['sealed-secrets'],
  }),
  secrets: sealedSecrets({ certificate: './sealed-secrets.pem' }),
  gateway: {
    name: 'shared',
    namespace: 'gateway',
    scheme: 'https',
    peers: [{ kind: 'pods', namespace: 'gateway', labels: { 'app.kubernetes.io/name': 'envoy' } }],
  },
  network: kubernetesNetworkPolicies(),
  apiServer: { cidrs: ['192.168.20.5/32'], port: 6443 },
  apps: (cluster) => {
    new SealedSecretsGuard(cluster);
    new OpenClawHomelab(cluster, { people: [123456789], nas: 'nas.home.this-is-fine.io' });
    cluster.accept('image-digest', { because: 'Renovate adds digests; these images could not be asked for theirs' });
  },
});
