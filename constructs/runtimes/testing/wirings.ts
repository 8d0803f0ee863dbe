import type { Wiring } from '../../agent/plan.ts';
import { discord } from '../../channels/discord.ts';
import { matrix } from '../../channels/matrix.ts';
import { slack } from '../../channels/slack.ts';
import { telegram } from '../../channels/telegram.ts';
import type { ClusterFacts } from '../../facts.ts';
import { google, openAiCompatible } from '../../models/providers.ts';
import { route } from '../../models/route.ts';
import type { PlacedSkill } from '../../skills/skill.ts';
import type { PlacedTool } from '../../tools/tool.ts';

/** What runtimes read of the facts of a cluster. */
const cluster = { name: 'lab', serviceDomain: 'cluster.local' } as ClusterFacts;

/** The smallest wiring of agent `claw`, with changes. Secrets are named as the agent names them. */
export function wiring(changes: Partial<Omit<Wiring, 'secret'>> = {}): Wiring {
  const agent = { name: 'claw', app: 'claw', namespace: 'claw' };
  return {
    agent,
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
    secret: (need, key) => ({ secret: `${agent.name}-${need.name}`, key }),
  };
}

export const chats = {
  discord: discord({
    people: ['111111111111111111'],
    servers: [{ id: '222222222222222222', channels: ['333333333333333333', '444444444444444444'] }],
  }),
  matrix: matrix({
    homeserver: 'https://matrix.example.org',
    user: '@claw:example.org',
    rooms: ['!ops:example.org', '!dev:example.org'],
    people: ['@anna:example.org', "@o'ben:example.org"],
  }),
  slack: slack({ people: ['U01ANNA00', 'W01BEN000'], channels: ['C01OPS000'] }),
  telegram: telegram({ people: [1001, 1002], groups: [-1009] }),
} as const;

/** Takes the place of the program's own web tools, and wants a token. */
export const web: PlacedTool = {
  name: 'scrapling',
  place: 'pod',
  endpoint: {
    kind: 'mcp',
    url: 'http://claw-scrapling.claw.svc.cluster.local:8000/mcp',
    auth: { secret: 'claw-scrapling', key: 'token' },
  },
  replaces: ['web'],
  tools: ['get'],
};

export const diagrams: PlacedTool = {
  name: 'draw-io',
  place: 'sidecar',
  endpoint: { kind: 'mcp', url: 'http://127.0.0.1:8080/mcp' },
  replaces: [],
  tools: ['render'],
};

export const debugging: PlacedSkill = {
  name: 'debugging',
  description: 'Finds out why.',
  files: { 'SKILL.md': '---\nname: debugging\ndescription: Finds out why.\n---\n' },
};

/** A route of every form of provider. */
export const models = route('litellm/qwen3', {
  fallbacks: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5', 'my-vllm/qwen3'],
  providers: [
    openAiCompatible('litellm', {
      service: { name: 'litellm', namespace: 'llm', port: 4000, labels: { app: 'litellm' } },
    }),
    openAiCompatible('my-vllm', { url: 'https://vllm.example.org/v1', key: false }),
  ],
});

/** The public service that is neither Anthropic's nor OpenAI's. */
export const gemini = route('google/gemini-2.5-pro', { providers: [google()] });

export const exposure = { host: 'claw.example.org', origin: 'https://claw.example.org' } as const;
