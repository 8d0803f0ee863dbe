import { ApiObject } from 'cdk8s';
import { expect, test } from 'vitest';
import { webhook } from '../channels/webhook.ts';
import { pods } from '../network/peers.ts';
import { reasonsOf } from '../reason.ts';
import { custom } from '../runtimes/custom.ts';
import { existing } from '../secrets/existing-secrets.ts';
import { oneAgent, problemsOf, program, rendered } from '../testing/cluster.ts';
import type { Runtime } from './plan.ts';

const callers = [pods('monitoring', { 'app.kubernetes.io/name': 'alertmanager' })] as const;

/** A program that takes webhooks on a port of its own, beside the one that the gateway leads to. */
function listener(webhooks: { readonly port: string; readonly path: string } | undefined): Runtime<'webhook'> {
  const ports = [
    { name: 'http', port: 8080 },
    { name: 'hooks', port: 9000 },
  ];
  return {
    name: 'listener',
    version: '1',
    dialect: { webhook: () => ({}) },
    plan: (wiring) => {
      const secret = wiring.channels.map((channel) => wiring.secret(channel.secret, 'token'));
      const env = Object.fromEntries(secret.map((ref) => ['TOKEN', ref]));
      const [container, ...rest] = custom({ ...program, ports, env: {} }).plan(wiring).containers;
      return {
        ...custom({ ...program, ports }).plan(wiring),
        containers: [{ ...container, env }, ...rest],
        webhooks,
      };
    },
  };
}

const agentWith = (runtime: Runtime<'webhook'>, alertmanagerConfig?: { readonly labels?: Record<string, string> }) =>
  oneAgent<'webhook'>(
    {
      runtime,
      channels: [
        webhook({
          sources: [
            { name: 'alerts', kind: 'alertmanager', callers, ...(alertmanagerConfig ? { alertmanagerConfig } : {}) },
            { name: 'builds', kind: 'generic', callers: [pods('ci', { app: 'builds' })] },
          ],
        }),
      ],
    },
    { secrets: existing() },
  ).cluster;

const callersAt = (port: string) =>
  [
    { 'app.kubernetes.io/name': 'alertmanager', 'k8s:io.kubernetes.pod.namespace': 'monitoring' },
    { app: 'builds', 'k8s:io.kubernetes.pod.namespace': 'ci' },
  ].map((matchLabels) => ({
    fromEndpoints: [{ matchLabels }],
    toPorts: [{ ports: [{ port, protocol: 'TCP' }] }],
  }));

test('an AlertmanagerConfig that posts to the port for webhooks with the token of the channel', () => {
  const cluster = agentWith(listener({ port: 'hooks', path: '/hooks' }), { labels: { alertmanager: 'main' } });
  expect(rendered(cluster)['AlertmanagerConfig agent-alerts']).toEqual({
    apiVersion: 'monitoring.coreos.com/v1alpha1',
    kind: 'AlertmanagerConfig',
    metadata: {
      name: 'agent-alerts',
      namespace: 'demo',
      labels: {
        alertmanager: 'main',
        'app.kubernetes.io/name': 'app',
        'app.kubernetes.io/instance': 'agent',
        'app.kubernetes.io/managed-by': 'chitin',
      },
    },
    spec: {
      route: { receiver: 'alerts', groupBy: ['alertname'] },
      receivers: [
        {
          name: 'alerts',
          webhookConfigs: [
            {
              url: 'http://agent.demo.svc.cluster.local:9000/hooks/alerts',
              httpConfig: { authorization: { type: 'Bearer', credentials: { name: 'agent-webhook', key: 'token' } } },
            },
          ],
        },
      ],
    },
  });
  expect(problemsOf(cluster)).toEqual([]);
  const made = cluster.node.findAll().find((each) => ApiObject.isApiObject(each) && each.kind === 'AlertmanagerConfig');
  expect(made && reasonsOf(made)).toEqual({
    purpose: 'sends alerts of namespace demo to agent agent',
    parts: [
      {
        what: 'receiver alerts',
        because: 'channel webhook',
        details: ['posts to http://agent.demo.svc.cluster.local:9000/hooks/alerts'],
      },
      { what: 'secret agent-webhook/token', because: 'channel webhook' },
    ],
  });
});

test('callers reach the port for webhooks alone, and nobody is asked for the custom resource', () => {
  const objects = rendered(agentWith(listener({ port: 'hooks', path: '/hooks' })));
  expect(Object.keys(objects).filter((name) => name.startsWith('AlertmanagerConfig'))).toEqual([]);
  expect(objects['CiliumNetworkPolicy agent'].spec.ingress).toEqual(callersAt('9000'));
});

test('a runtime that says no port gets the callers at its gateway port', () => {
  expect(rendered(agentWith(listener(undefined)))['CiliumNetworkPolicy agent'].spec.ingress).toEqual(callersAt('8080'));
});

test.each([undefined, { port: 'other', path: '/hooks' }])(
  'an AlertmanagerConfig without an address is told: %j',
  (webhooks) => {
    expect(problemsOf(agentWith(listener(webhooks), {}))).toEqual([
      {
        message: 'runtime listener does not say where source "alerts" of channel webhook posts to',
        why: 'An AlertmanagerConfig needs the address.',
        help: 'Leave out `alertmanagerConfig`, or use a runtime whose plan has `webhooks`.',
      },
    ]);
  },
);
