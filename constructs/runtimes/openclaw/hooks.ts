import type { Wiring } from '../../agent/plan.ts';
import type { WebhookSource } from '../../channels/webhook.ts';
import type { Finding, Problem } from '../../problem.ts';
import { channelVariable } from './channels.ts';
import type { OpenClawOptions } from './options.ts';

/** Where callers post; a source's name follows. */
export const hooksPath = '/hooks';

/** `hooks` of the configuration. */
export interface HooksConfig {
  readonly enabled: true;
  readonly token: string;
  readonly path: string;
  readonly allowRequestSessionKey: false;
  readonly mappings: readonly HookMapping[];
}

interface HookMapping {
  readonly id: string;
  readonly match: { readonly path: string };
  readonly action: 'agent';
  readonly name: string;
  readonly messageTemplate: string;
  readonly deliver: boolean;
  readonly channel?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * What the agent is told. Objects and lists become JSON, `{{.}}` is the whole payload (getByPath in OpenClaw's hooks, in both
 * releases), and what comes from outside is marked as untrusted text by OpenClaw. One run for a whole notification of
 * Alertmanager: `forEach` would start one for each of its alerts, and releases before 2026.8 do not have it.
 */
const messages: Readonly<Record<WebhookSource['kind'], string>> = {
  alertmanager: 'Alertmanager, {{status}}: {{alerts}}',
  arr: '{{instanceName}}, {{eventType}}: {{.}}',
  generic: '{{.}}',
};

/** Sources of the agent's webhook channels. */
export function webhookSources({ channels }: Wiring): WebhookSource[] {
  return channels.flatMap((channel) => (channel.kind === 'webhook' ? channel.options.sources : []));
}

/** `hooks`; undefined without a webhook channel. Token of the channel, which has to differ from the gateway's. */
export function hooksConfig({ announce }: OpenClawOptions, wiring: Wiring): HooksConfig | undefined {
  const sources = webhookSources(wiring);
  if (sources.length === 0) return undefined;
  return {
    enabled: true,
    token: `\${${channelVariable('webhook', 'token')}}`,
    path: hooksPath,
    allowRequestSessionKey: false,
    mappings: sources.map(({ name, kind }) => ({
      id: name,
      match: { path: name },
      action: 'agent',
      name,
      messageTemplate: messages[kind],
      ...(announce ? { deliver: true, channel: announce.channel, to: announce.to } : { deliver: false }),
    })),
  };
}

/** What OpenClaw would answer otherwise, or to nobody. */
export function hookProblems({ announce }: OpenClawOptions, wiring: Wiring): Problem[] {
  const taken = webhookSources(wiring).filter(({ name }) => name === 'agent' || name === 'wake');
  const kinds: readonly string[] = wiring.channels.map(({ kind }) => kind);
  const problems: Problem[] = taken.map(({ name }) => ({
    message: `runtime openclaw: source "${name}" of channel webhook`,
    why: `OpenClaw has its own endpoint at ${hooksPath}/${name}, which comes first.`,
    help: 'Rename the source.',
  }));
  if (announce && webhookSources(wiring).length === 0) {
    problems.push({
      message: 'runtime openclaw: announce without a webhook channel',
      help: 'Give the agent a webhook() channel, or remove `announce`.',
    });
  }
  if (announce && !kinds.includes(announce.channel)) {
    problems.push({
      message: `runtime openclaw: announce names channel ${announce.channel}, which the agent does not have`,
      why: 'The answer to a webhook would go nowhere.',
      help: 'Give the agent the channel, or name one that it has.',
    });
  }
  return problems;
}

export function hookFindings(wiring: Wiring): Finding[] {
  if (webhookSources(wiring).length === 0) return [];
  return [
    {
      rule: 'openclaw-hook-token',
      message: `runtime openclaw: whoever holds the token of channel webhook gives the agent orders at ${hooksPath}/agent`,
      why: 'OpenClaw has that endpoint beside those of the sources, with the same token; its text is not that of a known program.',
      help: 'Let no more callers through than need be, keep their copy of the token as close as a password, or accept it with the reason.',
    },
  ];
}
