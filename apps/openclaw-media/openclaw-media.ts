import type { Construct } from 'constructs';
import {
  Agent,
  AgentApp,
  host,
  openClaw,
  operate,
  pods,
  route,
  Size,
  type SlackChannel,
  type SlackUser,
  slack,
  toolbox,
  webhook,
} from '../../constructs/index.ts';

/** Looks after a media server: alerts and the *arr applications call it, people talk with it on Slack. */
export class OpenClawMedia extends AgentApp {
  constructor(
    scope: Construct,
    props: {
      /** Slack ids of the people whom it obeys. */
      readonly people: readonly [SlackUser, ...SlackUser[]];
      /** Slack channel where it reports. */
      readonly channel: SlackChannel;
    },
  ) {
    super(scope, 'media', { namespace: 'media-agent' });
    const arr = pods('arr', { 'app.kubernetes.io/part-of': 'arr' });
    const agent = new Agent(this, 'openclaw', {
      runtime: openClaw({
        version: '2026.9.6',
        plugins: 'baked',
        exec: 'executor',
        announce: { channel: 'slack', to: `channel:${props.channel}` },
      }),
      model: route('anthropic/claude-sonnet-4-5'),
      skills: ['storage-checks'],
      tools: [toolbox({ kubectl: true })],
      channels: [
        slack({ people: props.people, channels: [props.channel] }),
        webhook({
          sources: [
            {
              kind: 'alertmanager',
              name: 'alerts',
              callers: [pods('monitoring', { 'app.kubernetes.io/name': 'alertmanager' })],
              alertmanagerConfig: {},
            },
            { kind: 'arr', name: 'arr', callers: [arr] },
          ],
        }),
      ],
      storage: Size.gibibytes(2),
    });
    agent.expose('openclaw');
    agent.grant(operate({ namespaces: ['arr'] }), { because: 'restarts what hangs, and clears finished Jobs' });
    agent.reach(host('github.com'), { ports: [443], because: 'reads release notes, proposes changes' });
    agent.reach(host('api.github.com'), { ports: [443], because: 'proposes changes' });
    agent.reach(arr, { ports: [8989, 7878], because: 'asks Sonarr and Radarr for their queues' });
    agent.accept('openclaw-executor-approval', { because: 'a person approves kubectl once, after the first start' });
    agent.accept('openclaw-hook-token', { because: 'only Alertmanager and the *arr applications can connect' });
    agent.accept('openclaw-gateway-exposed', { because: 'the gateway wants a sign-in, and operators hold the token' });
    agent.accept('grant-operates', { because: 'a hanging download must not wait for a commit' });
  }
}
