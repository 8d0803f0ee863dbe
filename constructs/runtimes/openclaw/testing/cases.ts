import type { Wiring } from '../../../agent/plan.ts';
import { discord } from '../../../channels/discord.ts';
import { slack } from '../../../channels/slack.ts';
import { telegram } from '../../../channels/telegram.ts';
import { webhook } from '../../../channels/webhook.ts';
import { whatsApp } from '../../../channels/whatsapp.ts';
import type { Gateway } from '../../../facts.ts';
import type { PlacedTool } from '../../../tools/tool.ts';
import { chats, debugging, diagrams, exposure, gemini, models, web, wiring } from '../../testing/wirings.ts';
import type { ConfigMode, ExecPlace, OpenClawOptions, PluginSource } from '../options.ts';
import { type OpenClawVersion, profiles } from '../version.ts';

export const versions = Object.keys(profiles) as OpenClawVersion[];

/** Options but for the release. */
export type Rest = Omit<OpenClawOptions, 'version'>;

export interface Case {
  readonly options: Rest;
  readonly wiring: Wiring;
}

export const alertmanager = { kind: 'pods', namespace: 'monitoring', labels: { app: 'alertmanager' } } as const;

export const hook = webhook({
  sources: [
    { name: 'alerts', kind: 'alertmanager', callers: [alertmanager] },
    { name: 'sonarr', kind: 'arr', callers: [{ kind: 'pods', namespace: 'arr', labels: { app: 'sonarr' } }] },
    { name: 'builds', kind: 'generic', callers: [{ kind: 'pods', namespace: 'ci', labels: { app: 'builds' } }] },
  ],
});

/** A browser in the agent's pod. */
export const chromium: PlacedTool = {
  name: 'chromium',
  place: 'sidecar',
  endpoint: { kind: 'cdp', url: 'http://127.0.0.1:9222' },
  replaces: [],
  tools: [],
};

/** A browser in a pod of its own. */
export const remoteChromium: PlacedTool = {
  ...chromium,
  place: 'pod',
  endpoint: { kind: 'cdp', url: 'http://claw-chromium.claw.svc.cluster.local:9222' },
};

/** A cluster whose gateway has addresses of its own. */
export function clusterWith(addresses: readonly string[]): Wiring['cluster'] {
  const gateway: Gateway = { name: 'internal', namespace: 'gateway-system', scheme: 'https', peers: [], addresses };
  return { ...wiring().cluster, gateway };
}

const called = { channels: [hook], callers: hook.callers ?? [] };
const phone = whatsApp({
  number: '+15550100000',
  people: ['+15550100001'],
  groups: ['120363041234567890@g.us'],
});
const everyChannel = [chats.discord, chats.matrix, chats.slack, chats.telegram, phone, hook];

/** Everything at once. */
export const everything = wiring({
  model: models,
  channels: everyChannel,
  callers: hook.callers ?? [],
  tools: [web, diagrams, chromium],
  skills: [debugging],
  exposure,
});

const named: Readonly<Record<string, Case>> = {
  minimal: { options: {}, wiring: wiring() },
  'everything, at once': {
    options: {
      exec: 'executor',
      plugins: 'init',
      announce: { channel: 'telegram', to: '1001' },
      readiness: 'channels',
    },
    wiring: everything,
  },
  'Gemini, by its own name': { options: {}, wiring: wiring({ model: gemini }) },
  'Telegram alone': { options: {}, wiring: wiring({ channels: [chats.telegram] }) },
  'direct messages alone': {
    options: { plugins: 'baked' },
    wiring: wiring({
      channels: [
        telegram({ people: [1001] }),
        discord({ people: ['111111111111111111'] }),
        slack({ people: ['U01ANNA00'] }),
        whatsApp({ number: '+15550100000', people: ['+15550100001'] }),
      ],
    }),
  },
  'webhooks, without a route': { options: {}, wiring: wiring(called) },
  'webhooks, and a route': { options: {}, wiring: wiring({ ...called, exposure }) },
  'a gateway with addresses': { options: {}, wiring: wiring({ exposure, cluster: clusterWith(['10.42.7.0/28']) }) },
  'a browser in another pod': { options: {}, wiring: wiring({ tools: [remoteChromium] }) },
  'keys of the author': {
    options: { extra: { logging: { level: 'debug' }, agents: { defaults: { heartbeat: { every: '30m' } } } } },
    wiring: wiring(),
  },
};

/** Every combination of what options choose between. */
function grid(): Record<string, Case> {
  const modes: readonly ConfigMode[] = ['immutable', 'seed', 'merge', 'overwrite'];
  const execs: readonly ExecPlace[] = ['off', 'gateway', 'executor'];
  const sources: readonly (PluginSource | undefined)[] = [undefined, 'egress', 'init', 'baked'];
  const cases: Record<string, Case> = {};
  for (const configMode of modes) {
    for (const exec of execs) {
      for (const plugins of sources) {
        for (const exposed of [true, false]) {
          const channels = plugins === undefined ? [chats.telegram, hook] : everyChannel;
          const name = `${configMode}, exec ${exec}, plugins ${plugins ?? 'none'}, ${exposed ? 'exposed' : 'inside'}`;
          cases[name] = {
            options: { configMode, exec, ...(plugins ? { plugins } : {}) },
            wiring: wiring({
              model: models,
              channels,
              callers: hook.callers ?? [],
              tools: exposed ? [web, chromium] : [],
              skills: exposed ? [debugging] : [],
              ...(exposed ? { exposure } : {}),
            }),
          };
        }
      }
    }
  }
  return cases;
}

/** Wirings and options without a problem. The real program has to accept the configuration of each. */
export const cases: Readonly<Record<string, Case>> = { ...named, ...grid() };
