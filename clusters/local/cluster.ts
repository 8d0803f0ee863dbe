import { Hello } from '../../apps/hello/hello.ts';
import { Cluster, existing, kubernetesNetworkPolicies, none } from '../../constructs/index.ts';

/** A cluster on one's own machine, such as kind's: nothing has to be in it, and kubectl applies it (README, Try it on kind). */
export default new Cluster('local', {
  kubernetes: '1.36',
  domain: 'local.this-is-fine.internal',
  gitops: none(),
  secrets: existing(),
  network: kubernetesNetworkPolicies(),
  apps: (cluster) => {
    new Hello(cluster, { endpoint: { url: 'https://api.openai.com/v1' }, model: 'gpt-5-mini' });
    cluster.accept('image-digest', { because: 'Renovate adds digests; these images could not be asked for theirs' });
    cluster.accept('host-names-not-enforced', { because: 'the policies of kind know addresses alone' });
  },
});
