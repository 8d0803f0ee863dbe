import type { Labels, Peer } from '../network/flow.ts';
import type { Problem } from '../problem.ts';
import type { Channel } from './channel.ts';

/** Pods of one namespace that have these labels: `pods('monitoring', { 'app.kubernetes.io/name': 'alertmanager' })`. */
export type CallingPods = Extract<Peer, { readonly kind: 'pods' }>;

/** What the callers of a webhook send. */
export type WebhookKind = WebhookSource['kind'];

/** One kind of program that posts to the agent. */
export type WebhookSource = AlertmanagerSource | OtherSource;

/** A name for those who post, and who they are. */
export interface NamedCallers {
  /** A DNS label, unique in the channel: it ends the path, as in `/hooks/alerts`. The runtime owns what is before it. */
  readonly name: string;
  /** The pods that post. Nobody else can open a connection. */
  readonly callers: readonly [CallingPods, ...CallingPods[]];
}

/** Alertmanager's webhook receiver (payload version 4), with `Authorization: Bearer <token>`. */
export interface AlertmanagerSource extends NamedCallers {
  readonly kind: 'alertmanager';
  /**
   * Makes an `AlertmanagerConfig` (monitoring.coreos.com/v1alpha1) in the agent's namespace, which sends alerts here. The
   * Prometheus operator routes only alerts with the label `namespace=<the agent's namespace>` through it, unless the
   * Alertmanager has `alertmanagerConfigMatcherStrategy: { type: None }`.
   * @default none: a person adds a receiver to Alertmanager's own configuration (docs/channels.md)
   */
  readonly alertmanagerConfig?: {
    /** Labels that the Alertmanager's `alertmanagerConfigSelector` wants. @default none beside the agent's own */
    readonly labels?: Labels;
  };
}

/** `arr`: Sonarr, Radarr and their kin (Connect, Webhook). `generic`: anything else that posts JSON. */
export interface OtherSource extends NamedCallers {
  readonly kind: 'arr' | 'generic';
}

/** Options of `webhook()`. */
export interface WebhookOptions {
  readonly sources: readonly [WebhookSource, ...WebhookSource[]];
}

/** Programs inside the cluster that post to the agent. What they send is untrusted text to the model, whoever they are. */
export function webhook(options: WebhookOptions): Channel<'webhook'> {
  const callers = options.sources.flatMap((source) => source.callers);
  return {
    kind: 'webhook',
    options,
    secret: {
      name: 'webhook',
      keys: { token: 'token that callers of the webhooks show, such as 64 random hexadecimal digits' },
      generated: { token: { type: 'token' } },
    },
    flows: [],
    callers: [...new Map(callers.map((peer) => [JSON.stringify(peer), peer])).values()],
    problems: problemsOf(options),
  };
}

function problemsOf({ sources }: WebhookOptions): Problem[] {
  const names = sources.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const none: Problem = { message: 'channel webhook: no sources', help: 'Say what posts to the agent, or remove it.' };
  return [
    ...(sources.length === 0 ? [none] : []),
    ...[...new Set(names)]
      .filter((name) => !/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name))
      .map((name) => ({
        message: `channel webhook: source "${name}" is not named by a DNS label of at most 40 characters`,
        why: 'The name is the end of the path that callers post to.',
        help: 'Use lowercase letters, digits and hyphens, starting with a letter.',
      })),
    ...[...twice].map((name) => ({
      message: `channel webhook: source "${name}" is listed twice`,
      why: 'Both would have one path.',
      help: 'Rename one, or give one source the callers of both.',
    })),
    ...sources
      .filter(({ callers }) => callers.length === 0)
      .map(({ name }) => ({
        message: `channel webhook: source "${name}" has no callers`,
        why: 'The fence would let nobody in.',
        help: 'Name the pods that post.',
      })),
  ];
}
