import { Duration } from 'cdk8s';
import { readCluster } from '../../../access/read-cluster.ts';
import type { Wiring } from '../../../agent/plan.ts';
import { webhook } from '../../../channels/webhook.ts';
import { image } from '../../../images.ts';
import { pods } from '../../../network/peers.ts';
import { chats, debugging, diagrams, gemini, models, web, wiring } from '../../testing/wirings.ts';
import type { ChitinOptions } from '../options.ts';

export const hooks = webhook({
  sources: [
    { name: 'alerts', kind: 'alertmanager', callers: [pods('monitoring', { app: 'alertmanager' })] },
    { name: 'media', kind: 'arr', callers: [pods('media', { app: 'sonarr' })] },
    { name: 'builds', kind: 'generic', callers: [pods('ci', { app: 'builds' })] },
  ],
});

export const patches = {
  url: 'https://github.com/example/house.git',
  forge: 'github',
  paths: ['apps/'],
} as const;

/** Options and wirings without a mistake, by what they are about: the program itself is asked about each of them. */
export const grid: Readonly<Record<string, readonly [ChitinOptions, Wiring]>> = {
  smallest: [{}, wiring()],
  'every provider': [
    { prices: { 'litellm/qwen3': { input: 0.5, output: 2 } }, patience: { retrySeconds: [1, 2], idleSeconds: 300 } },
    wiring({ model: models }),
  ],
  'the other public provider': [{}, wiring({ model: gemini })],
  'every channel': [
    { prompts: { builds: 'Say which build failed.' } },
    wiring({ channels: [chats.telegram, chats.matrix, hooks] }),
  ],
  'Telegram alone': [{}, wiring({ channels: [hooks, chats.telegram] })],
  tools: [
    { files: false, memory: false },
    wiring({
      tools: [
        web,
        diagrams,
        {
          ...diagrams,
          name: 'keyed',
          endpoint: {
            kind: 'mcp',
            url: 'https://tools.example.org/mcp',
            auth: { secret: 'claw-keyed', key: 'token' },
            header: { name: 'X-API-Key' },
          },
        },
      ],
      skills: [debugging],
      grants: [readCluster],
    }),
  ],
  'views of namespaces': [
    {},
    wiring({
      grants: [
        { ...readCluster, name: 'own', scope: 'namespace' },
        { ...readCluster, name: 'others', scope: { namespaces: ['web', 'claw', 'db'] } },
      ],
    }),
  ],
  'every option': [
    {
      instructions: 'Be brief.',
      concurrency: 4,
      budget: { steps: 30, tokens: 100_000, seconds: 300, toolSeconds: 30, toolOutput: 10_000 },
      queue: { high: 100, low: 50, tries: 3, sendTries: 10, retentionDays: 7 },
      patches: {
        ...patches,
        base: 'production',
        maxFiles: 5,
        workflows: true,
        api: 'https://github.example.org/api/v3',
      },
      schedules: {
        morning: { cron: '0 7 * * 1-5', timeZone: 'Europe/Berlin', prompt: 'What is broken?', concurrency: 'Replace' },
        review: { cron: '0 18 * * *', prompt: 'Sum up the day.', deliverTo: { channel: 'telegram', to: 1002 } },
      },
      reportTo: { channel: 'telegram', to: -1009 },
      linkHosts: ['grafana.example.org', '*.example.net'],
      scrapedBy: [pods('monitoring', { app: 'prometheus' })],
      drain: Duration.minutes(2),
      logLevel: 'debug',
      image: image('registry.example.test/own:1.0.0'),
    },
    wiring({ channels: [chats.telegram] }),
  ],
};
