import { Claw } from '../../apps/claw/claw.ts';
import { Cluster, cilium, flux, kyverno, sops } from '../../constructs/index.ts';

export default new Cluster('lab', {
  kubernetes: '1.36',
  domain: 'this-is-fine.internal',
  gitops: flux({
    repository: { url: 'https://git.this-is-fine.io/homelab/lab.git', secret: 'lab-git' },
    decryptWith: 'sops-age',
    after: ['infrastructure'],
  }),
  secrets: sops({ recipients: ['age1nharyjf38cr7mvhj3c7d66krckxlgs8p3kcwgglpt545ql6mlu0shap3f4'] }),
  gateway: {
    name: 'internal',
    namespace: 'gateway-system',
    scheme: 'https',
    peers: [
      { kind: 'pods', namespace: 'gateway-system', labels: { 'gateway.networking.k8s.io/gateway-name': 'internal' } },
    ],
  },
  network: cilium(),
  imageVerification: kyverno(),
  apps: (cluster) => {
    new Claw(cluster, { rooms: ['!ops:this-is-fine.social'], people: ['@sam:this-is-fine.social'] });
    cluster.accept('image-digest', { because: 'Renovate adds digests; these images could not be asked for theirs' });
    cluster.accept('image-unsigned', { because: 'kubectl, Scrapling and the workspace: no signer is known' });
  },
});
