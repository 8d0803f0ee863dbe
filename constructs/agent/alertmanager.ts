import type { Construct } from 'constructs';
import type { WebhookSource } from '../channels/webhook.ts';
import { manifest, objectLabels } from '../manifest.ts';
import type { Problem } from '../problem.ts';
import type { WiredAgent } from './wire.ts';

/** The fields of prometheus-operator's AlertmanagerConfig that are written here (v1alpha1, CRD of 0.93). */
interface AlertmanagerConfig {
  apiVersion: 'monitoring.coreos.com/v1alpha1';
  kind: 'AlertmanagerConfig';
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  spec: {
    route: { receiver: string; groupBy: string[] };
    receivers: {
      name: string;
      webhookConfigs: {
        url: string;
        httpConfig: { authorization: { type: 'Bearer'; credentials: { name: string; key: string } } };
      }[];
    }[];
  };
}

/**
 * Makes an `AlertmanagerConfig` for each source that asks for one: a route for every alert that the operator lets it see,
 * which leaves the other receivers theirs (the operator writes `continue: true`), and a receiver that shows the channel's
 * token. The operator reads the token from the Secret itself, which is in the same namespace.
 */
export function makeAlertmanagerConfigs(scope: Construct, agent: WiredAgent): void {
  const { name, app, namespace, cluster, plan } = agent;
  const port = plan.containers.flatMap(({ ports }) => ports).find((each) => each.name === plan.webhooks?.port);
  if (!plan.webhooks || !port) return;
  const base = `http://${name}.${namespace}.svc.${cluster.serviceDomain}:${port.port}${plan.webhooks.path}`;
  for (const { source, secret } of sourcesOf(agent)) {
    const url = `${base}/${source.name}`;
    const credentials = { name: `${name}-${secret}`, key: 'token' };
    manifest<AlertmanagerConfig>(
      scope,
      `AlertmanagerConfig-${source.name}`,
      {
        apiVersion: 'monitoring.coreos.com/v1alpha1',
        kind: 'AlertmanagerConfig',
        metadata: {
          name: `${name}-${source.name}`,
          namespace,
          labels: { ...source.alertmanagerConfig?.labels, ...objectLabels(app, name) },
        },
        spec: {
          route: { receiver: source.name, groupBy: ['alertname'] },
          receivers: [
            {
              name: source.name,
              webhookConfigs: [{ url, httpConfig: { authorization: { type: 'Bearer', credentials } } }],
            },
          ],
        },
      },
      () => ({
        purpose: `sends alerts of namespace ${namespace} to agent ${name}`,
        parts: [
          { what: `receiver ${source.name}`, because: 'channel webhook', details: [`posts to ${url}`] },
          { what: `secret ${credentials.name}/${credentials.key}`, because: 'channel webhook' },
        ],
      }),
    );
  }
}

/** What keeps an `AlertmanagerConfig` from being made. */
export function alertmanagerProblems(agent: Pick<WiredAgent, 'props' | 'plan'>): Problem[] {
  const { plan, props } = agent;
  if (plan.containers.some(({ ports }) => ports.some(({ name }) => name === plan.webhooks?.port))) return [];
  return sourcesOf(agent).map(({ source }) => ({
    message: `runtime ${props.runtime.name} does not say where source "${source.name}" of channel webhook posts to`,
    why: 'An AlertmanagerConfig needs the address.',
    help: 'Leave out `alertmanagerConfig`, or use a runtime whose plan has `webhooks`.',
  }));
}

function sourcesOf({ props }: Pick<WiredAgent, 'props'>) {
  return (props.channels ?? []).flatMap((channel) => {
    if (channel.kind !== 'webhook') return [];
    const asking = channel.options.sources.filter(
      (source): source is Extract<WebhookSource, { kind: 'alertmanager' }> =>
        source.kind === 'alertmanager' && source.alertmanagerConfig !== undefined,
    );
    return asking.map((source) => ({ source, secret: channel.secret.name }));
  });
}
