import type { Plan, Wiring } from '../../../agent/plan.ts';
import { discord } from '../../../channels/discord.ts';
import { matrix } from '../../../channels/matrix.ts';
import { telegram } from '../../../channels/telegram.ts';
import { webhook } from '../../../channels/webhook.ts';
import { whatsApp } from '../../../channels/whatsapp.ts';
import type { ClusterFacts } from '../../../facts.ts';
import { openAiCompatible } from '../../../models/providers.ts';
import { route } from '../../../models/route.ts';
import type { PlacedSkill } from '../../../skills/skill.ts';
import type { PlacedTool } from '../../../tools/tool.ts';

/** What ZeroClaw reads of the facts of a cluster. */
const cluster = { name: 'lab', serviceDomain: 'cluster.local' } as ClusterFacts;

/** The smallest wiring, with changes. Secrets are named as the agent names them. */
export function wiring(changes: Partial<Omit<Wiring, 'secret'>> = {}): Wiring {
  const agent = changes.agent ?? { name: 'claw', app: 'claw', namespace: 'claw' };
  return {
    model: route('anthropic/claude-sonnet-4-5'),
    channels: [],
    tools: [],
    skills: [],
    seeded: false,
    credentialVariables: [],
    grants: [],
    callers: [],
    cluster,
    ...changes,
    agent,
    secret: (need, key) => ({ secret: `${agent.name}-${need.name}`, key }),
  };
}

export const rooms = matrix({
  homeserver: 'https://matrix.example.org',
  user: '@claw:example.org',
  rooms: ['!ops:example.org'],
  people: ['@anna:example.org', '@ben:example.org'],
});

export const chats = telegram({ people: [123456789] });

export const server = discord({
  people: ['123456789012345678'],
  servers: [{ id: '223456789012345678', channels: ['323456789012345678', '423456789012345678'] }],
});

export const phone = whatsApp({
  number: '+15550100000',
  people: ['+15550100001'],
  groups: ['120363041234567890@g.us'],
});

export const hook = webhook({
  sources: [
    { name: 'builds', kind: 'generic', callers: [{ kind: 'pods', namespace: 'ci', labels: { app: 'builds' } }] },
  ],
});

export const web: PlacedTool = {
  name: 'scrapling',
  place: 'sidecar',
  endpoint: { kind: 'mcp', url: 'http://127.0.0.1:8000/mcp', auth: { secret: 'claw-scrapling', key: 'token' } },
  replaces: ['web'],
  tools: ['get', 'bulk_get'],
};

export const diagrams: PlacedTool = {
  name: 'draw-io',
  place: 'pod',
  endpoint: { kind: 'mcp', url: 'http://claw-draw-io.claw.svc.cluster.local:8080/mcp' },
  replaces: [],
  tools: ['render'],
};

export const debugging: PlacedSkill = {
  name: 'flux-debugging',
  description: 'Finds out why a reconciliation fails.',
  files: {
    'SKILL.md':
      '---\nname: flux-debugging\ndescription: Finds out why.\n---\nRun `scripts/check.sh`. [More](more.md)\n',
    'more.md': '# More\n',
    'scripts/check.sh': '#!/bin/sh\nexec flux get all\n',
  },
};

/** Everything at once. */
export const everything = wiring({
  agent: { name: 'ops-claw', app: 'claw', namespace: 'claw' },
  model: route('anthropic/claude-sonnet-4-5', {
    fallbacks: ['openai/gpt-5', 'litellm/qwen3', 'vllm/qwen3'],
    providers: [
      openAiCompatible('litellm', {
        service: { name: 'litellm', namespace: 'llm', port: 4000, labels: { app: 'litellm' } },
      }),
      openAiCompatible('vllm', { url: 'https://vllm.example.org/v1', key: false }),
    ],
  }),
  channels: [rooms],
  tools: [web, diagrams],
  skills: [debugging],
  seeded: true,
  credentialVariables: ['DOCKER_CONFIG', 'KUBECONFIG'],
  exposure: { host: 'claw.example.org', origin: 'https://claw.example.org' },
});

/** `config.toml` of a plan. */
export function configOf({ files }: Plan): string {
  const [file] = files;
  if (!file) throw new Error('the plan has no file');
  return file.text;
}
