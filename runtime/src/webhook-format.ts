import { createHash } from 'node:crypto';
import { z } from 'zod';

/** What a webhook says, as far as the agent's queue needs to know. */
export interface Notification {
  /** The same for every delivery of one event. */
  readonly event: string;
  /** What belongs together: one conversation. */
  readonly topic: string;
  readonly text: string;
}

export type Format = 'alertmanager' | 'arr' | 'generic';

/** The payload is not what the format says; the message quotes nothing of it. */
export class FormatError extends Error {}

const labels = z.record(z.string(), z.string());
// Webhook payload version 4, prometheus.io/docs/alerting/latest/configuration/#webhook_config.
const alertmanager = z.object({
  version: z.literal('4'),
  groupKey: z.string(),
  status: z.enum(['firing', 'resolved']),
  truncatedAlerts: z.int().optional(),
  alerts: z.array(
    z.object({
      status: z.string(),
      labels,
      annotations: labels,
      startsAt: z.string(),
      endsAt: z.string(),
      fingerprint: z.string(),
    }),
  ),
});
// Sonarr, Radarr and their relatives: NzbDrone.Core/Notifications/Webhook/WebhookPayload.cs.
const arr = z.looseObject({ eventType: z.string(), instanceName: z.string().optional() });

const alertsShown = 20;

/**
 * @param delivery the service's own id of the delivery, when it sends one
 * @param now milliseconds since 1970
 * @throws FormatError
 */
export function readNotification(
  format: Format,
  body: string,
  delivery: string | undefined,
  now: number,
): Notification {
  // Without an id, the same body within ten minutes is the same event.
  const fallback =
    delivery === undefined ? digest(body, String(Math.floor(now / 600_000))) : digest('delivery', delivery);
  if (format === 'generic') return { event: fallback, topic: 'all', text: body };
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new FormatError('the body is not JSON');
  }
  if (format === 'arr') {
    const { success, data } = arr.safeParse(json);
    if (!success) throw new FormatError('the body has no eventType');
    return { event: fallback, topic: digest(data.instanceName ?? 'all'), text: JSON.stringify(json, null, 1) };
  }
  const { success, data } = alertmanager.safeParse(json);
  if (!success) throw new FormatError('the body is not an Alertmanager payload of version 4');
  const { groupKey, status, alerts, truncatedAlerts = 0 } = data;
  const states = alerts.map((alert) => `${alert.fingerprint} ${alert.status} ${alert.startsAt}`).toSorted();
  const more = truncatedAlerts + Math.max(0, alerts.length - alertsShown);
  return {
    // A reminder of alerts that stand as they stood is no news.
    event: digest(groupKey, ...states),
    topic: digest(groupKey),
    text: [
      `${status}: ${alerts.length + truncatedAlerts} alerts`,
      ...alerts.slice(0, alertsShown).map(describeAlert),
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join('\n'),
  };
}

function describeAlert(alert: z.output<typeof alertmanager>['alerts'][number]): string {
  const pairs = (of: Record<string, string>) => Object.entries(of).map(([key, value]) => `  ${key}: ${value}`);
  const ended = alert.status === 'resolved' ? [`  ended: ${alert.endsAt}`] : [];
  return [
    `- ${alert.status} since ${alert.startsAt}`,
    ...ended,
    ...pairs(alert.labels),
    ...pairs(alert.annotations),
  ].join('\n');
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
