import type { Construct } from 'constructs';
import {
  Agent,
  AgentApp,
  chromium,
  credential,
  existingClaim,
  filesSeed,
  liteLlm,
  nfs,
  nodes,
  openClaw,
  route,
  Size,
  startJobs,
  telegram,
  toolbox,
} from '../../constructs/index.ts';

/** Household assistant on Telegram: reads the NAS and the web, and starts the jobs that its AGENTS.md names. */
export class OpenClawHomelab extends AgentApp {
  constructor(
    scope: Construct,
    props: {
      /** Telegram ids of the people whom it obeys. */
      readonly people: readonly [number, ...number[]];
      /** Host name of the NAS. */
      readonly nas: string;
    },
  ) {
    super(scope, 'openclaw', { namespace: 'openclaw' });
    this.existing('CronJob', 'morning-brief');
    const agent = new Agent(this, 'openclaw', {
      runtime: openClaw({ version: '2026.9.6', exec: 'executor' }),
      model: route('google/gemini-2.5-flash', {
        fallbacks: ['litellm/llama3.1', 'litellm/qwen3', 'litellm/qwen2.5-coder:14b'],
        providers: [liteLlm({ namespace: 'llm' })],
      }),
      seed: filesSeed('./workspace'),
      tools: [chromium(), toolbox({ kubectl: true })],
      channels: [telegram({ people: props.people })],
      credentials: [
        credential({ name: 'ssh', files: { id_ed25519: 'SSH key for the machines of the house' } }),
        credential({ name: 'cookies', files: { 'cookies.json': 'cookies of the browser' } }),
      ],
      volumes: [
        nfs('media', { server: props.nas, path: '/volume1/media', mountPath: '/mnt/media' }),
        existingClaim('notes', { mountPath: '/mnt/notes' }),
      ],
      affinity: nodes({ with: { 'node-availability': '24x7' }, without: ['nvidia.com/gpu.present'] }),
      storage: Size.gibibytes(10),
    });
    agent.expose('openclaw');
    agent.grant(startJobs(['morning-brief']), { because: 'people ask for the brief out of turn' });
    agent.accept('openclaw-executor-approval', { because: 'a person approves kubectl once, after the first start' });
    agent.accept('openclaw-gateway-exposed', {
      because: 'the gateway is at home only, and one person holds the token',
    });
    agent.accept('chromium-no-sandbox', { because: 'pages with scripts are what it is for; it has no way to the NAS' });
    agent.accept('sidecar-shares-network', { because: 'DevTools has no credential, so the browser stays on loopback' });
    agent.accept('reaches-internet', { because: 'it reads the web' });
  }
}
