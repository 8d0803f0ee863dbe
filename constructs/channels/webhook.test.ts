import { expect, test } from 'vitest';
import { pods } from '../network/peers.ts';
import { type CallingPods, type WebhookOptions, type WebhookSource, webhook } from './webhook.ts';

const alertmanager: CallingPods = { kind: 'pods', namespace: 'monitoring', labels: { app: 'alertmanager' } };
const sonarr: CallingPods = { kind: 'pods', namespace: 'arr', labels: { app: 'sonarr' } };
const alerts: WebhookSource = { name: 'alerts', kind: 'alertmanager', callers: [alertmanager] };
const media: WebhookSource = { name: 'media', kind: 'arr', callers: [sonarr, alertmanager] };

/** The problems of a caller whose values the types did not check. */
const problemsOf = (...sources: readonly object[]) => webhook({ sources } as unknown as WebhookOptions).problems;

test('a channel knows its token and who calls, each caller once', () => {
  expect(webhook({ sources: [alerts, media] })).toEqual({
    kind: 'webhook',
    options: { sources: [alerts, media] },
    secret: {
      name: 'webhook',
      keys: { token: 'token that callers of the webhooks show, such as 64 random hexadecimal digits' },
      generated: { token: { type: 'token' } },
    },
    flows: [],
    callers: [alertmanager, sonarr],
    problems: [],
  });
});

test('pods() makes a caller', () => {
  expect(webhook({ sources: [{ ...alerts, callers: [pods('monitoring', { app: 'alertmanager' })] }] }).callers).toEqual(
    [alertmanager],
  );
});

test.each(['', 'Alerts', 'a/b', '../x', 'a?b', '1a', 'a-', 'a'.repeat(41)])('source "%s" is told', (name) => {
  expect(problemsOf({ ...alerts, name })).toEqual([
    {
      message: `channel webhook: source "${name}" is not named by a DNS label of at most 40 characters`,
      why: 'The name is the end of the path that callers post to.',
      help: 'Use lowercase letters, digits and hyphens, starting with a letter.',
    },
  ]);
});

test('two sources of one name are told', () => {
  expect(problemsOf(alerts, { ...media, name: 'alerts' })).toEqual([
    {
      message: 'channel webhook: source "alerts" is listed twice',
      why: 'Both would have one path.',
      help: 'Rename one, or give one source the callers of both.',
    },
  ]);
});

test('a source that nobody may call is told', () => {
  expect(problemsOf({ ...alerts, callers: [] })).toEqual([
    {
      message: 'channel webhook: source "alerts" has no callers',
      why: 'The fence would let nobody in.',
      help: 'Name the pods that post.',
    },
  ]);
});

test('no source is told', () => {
  expect(problemsOf()).toEqual([
    { message: 'channel webhook: no sources', help: 'Say what posts to the agent, or remove it.' },
  ]);
});
