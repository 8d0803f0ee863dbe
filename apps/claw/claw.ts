import type { Construct } from 'constructs';
import {
  Agent,
  AgentApp,
  imageSeed,
  images,
  kubeconfig,
  type MatrixUser,
  matrix,
  type RoomId,
  readCluster,
  registryAuth,
  route,
  Size,
  scrapling,
  tailnet,
  toolbox,
  zeroClaw,
} from '../../constructs/index.ts';

/** Ops agent on Matrix: looks at workloads, storage and Flux objects, reads the web through Scrapling, proposes changes. */
export class Claw extends AgentApp {
  constructor(
    scope: Construct,
    props: {
      readonly rooms: readonly [RoomId, ...RoomId[]];
      /** Who may give it work. */
      readonly people: readonly [MatrixUser, ...MatrixUser[]];
    },
  ) {
    super(scope, 'claw', { namespace: 'zeroclaw' });
    const agent = new Agent(this, 'claw', {
      runtime: zeroClaw({ commands: ['kubectl', 'git'] }),
      model: route('anthropic/claude-sonnet-4-5', { fallbacks: ['openai/gpt-5'] }),
      seed: imageSeed(images.workspace),
      skills: ['flux-debugging', 'storage-checks', 'renovate-dry-run'],
      tools: [scrapling(), toolbox({ kubectl: true })],
      channels: [
        matrix({
          homeserver: 'https://matrix.this-is-fine.social',
          user: '@claw:this-is-fine.social',
          rooms: props.rooms,
          people: props.people,
        }),
      ],
      credentials: [kubeconfig(), registryAuth()],
      storage: Size.gibibytes(10),
    });
    agent.expose('claw');
    agent.grant(readCluster, { because: 'explains failing pods, volumes and Flux objects' });
    agent.reach(tailnet('*.tif.internal', { cidrs: ['100.64.0.0/10'] }), {
      ports: [443],
      because: 'services of the other sites',
    });
    agent.accept('sidecar-shares-network', {
      because: 'one audited path for HTTP: the own web tools are off, and Scrapling logs each fetch',
    });
    agent.accept('zeroclaw-command-runs-anything', {
      because: 'the skills need kubectl and git, and each command is approved in the chat first',
    });
    agent.accept('zeroclaw-command-reaches-web', {
      because: 'git fetches the repository that it proposes changes to, and kubectl asks API servers',
    });
    agent.accept('zeroclaw-gateway-exposed', {
      because: 'the gateway is on the tailnet, and only operators hold the token',
    });
    agent.accept('reaches-internet', { because: 'it reads documentation and release notes' });
  }
}
