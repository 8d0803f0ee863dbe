import type { Construct } from 'constructs';
import {
  Agent,
  AgentApp,
  custom,
  image,
  imageSeed,
  images,
  kubeconfig,
  matrix,
  type RoomId,
  readCluster,
  registryAuth,
  route,
  Size,
  scrapling,
  tailnet,
} from '../../constructs/index.ts';

export class Claw extends AgentApp {
  constructor(scope: Construct, props: { readonly rooms: readonly [RoomId, ...RoomId[]] }) {
    super(scope, 'claw', { namespace: 'zeroclaw' });
    const agent = new Agent(this, 'claw', {
      runtime: custom({
        image: image('ghcr.io/x/y:1'),
        user: { uid: 65534, gid: 65534 },
        ports: [{ name: 'http', port: 80 }],
        state: [{ name: 'state', path: '/data' }],
        workspace: '/data/workspace',
        skills: '/skills',
        shell: true,
      }),
      model: route('anthropic/claude-sonnet-4-5', { fallbacks: ['openai/gpt-5'] }),
      seed: imageSeed(images.workspace),
      skills: ['flux-debugging', 'storage-checks', 'renovate-dry-run'],
      tools: [scrapling()],
      credentials: [kubeconfig(), registryAuth()],
      storage: Size.gibibytes(10),
    });
    agent.expose('claw');
    agent.grant(readCluster, { because: 'explains failing pods, volumes and Flux objects' });
    agent.reach(tailnet('*.tif.internal', { cidrs: ['100.64.0.0/10'] }), {
      ports: [443],
      because: 'services of the other sites',
    });
    agent.accept('sidecar-shares-network', { because: 'x' });
    void [matrix, props];
  }
}
