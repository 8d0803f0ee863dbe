import { Construct } from 'constructs';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { bindGrant, grantCauses } from '../access/rbac.ts';
import { manifest, objectLabels, selectorLabels } from '../manifest.ts';
import { makeFence } from '../network/fence.ts';
import type { Flow } from '../network/flow.ts';
import { apiTokenVolume, tokenFolder } from './api-token.ts';
import { caVolume } from './ca-bundle.ts';
import { toolChecksums } from './checksums.ts';
import { containerSpec } from './container.ts';
import { apiServerFlows } from './flows.ts';
import { podDefaults } from './pod-defaults.ts';
import { podSecretReasons } from './secret-reasons.ts';
import { PodVolumes } from './volumes.ts';
import type { WiredAgent, WiredTool } from './wire.ts';

/** Makes the own pod of a tool that has one: Deployment, Service, ServiceAccount, and a fence that lets in its agent and nothing else. */
export function makeToolPod(
  scope: Construct,
  agent: WiredAgent,
  { tool, instance, plan }: WiredTool,
  secretChecksums: ReadonlyMap<string, string>,
): void {
  const { app, namespace, cluster } = agent;
  const part = `tool ${tool.name}`;
  const whose = `${part} of agent ${agent.name}`;
  const { container } = plan;
  const grants = tool.grants ?? [];
  if (tool.place !== 'pod' || !container) return;
  const selector = selectorLabels(app, instance);
  const metadata = { name: instance, namespace, labels: objectLabels(app, instance) };
  const id = (kind: string) => `Tool-${tool.name}-${kind}`;
  const volumes = new PodVolumes();
  if (cluster.caBundle) volumes.add(caVolume(cluster.caBundle), { because: `CA bundle of cluster ${cluster.name}` });
  const mounts = [...volumes.scratch(container, part), ...volumes.files(plan.files, instance, part)];
  if (grants.length > 0) {
    volumes.add(apiTokenVolume, ...grantCauses(grants));
    mounts.push({ name: apiTokenVolume.name, mountPath: tokenFolder, readOnly: true });
  }
  const used = Object.values(container.env).flatMap((value) => (typeof value === 'string' ? [] : value.secret));
  const secrets = [...new Set(used)].flatMap((name) => secretChecksums.get(name) ?? []);

  manifest<IServiceAccount>(
    scope,
    id('ServiceAccount'),
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata,
      automountServiceAccountToken: false,
    },
    () => ({
      purpose: `account of ${whose}${grants.length > 0 ? '' : ', without any grant'}`,
      parts: grants.map(({ grant, because, source }) => ({ what: `grant ${grant.name}`, because, source })),
    }),
  );
  manifest<IService>(
    scope,
    id('Service'),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector, ports: container.ports.map(({ name, port }) => ({ name, port, targetPort: name })) },
    },
    () => ({
      purpose: `address of ${whose}`,
      parts: container.ports.map(({ name, port }) => ({ what: `port ${name}:${port}`, because: part })),
    }),
  );
  manifest<IDeployment>(
    scope,
    id('Deployment'),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        revisionHistoryLimit: 5,
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: objectLabels(app, instance), annotations: toolChecksums(plan.files, secrets) },
          spec: {
            serviceAccountName: instance,
            ...podDefaults(agent.name, cluster, container.user),
            containers: [containerSpec(container, cluster, container.user, mounts)],
            volumes: volumes.list(),
          },
        },
      },
    },
    () => ({
      purpose: `pod of ${whose}`,
      parts: [
        { what: `container ${container.name}`, because: part },
        ...volumes.reasons,
        ...podSecretReasons(agent, instance),
      ],
      findings: tool.findings,
    }),
  );
  if (grants.length > 0) {
    // The agent may have grants of the same names.
    const bindings = new Construct(scope, id('Grants'));
    for (const grant of grants) bindGrant(bindings, { name: instance, app, namespace, cluster, whose }, grant);
  }
  const fromAgent: Flow = {
    direction: 'in',
    peer: { kind: 'pods', namespace, labels: selectorLabels(app, agent.name) },
    ports: container.ports.map(({ port }) => ({ port })),
    because: `tool of agent ${agent.name}`,
  };
  makeFence(
    scope,
    id('Fence'),
    whose,
    {
      name: instance,
      namespace,
      labels: selector,
      flows: [fromAgent, ...plan.flows, ...apiServerFlows(cluster, grants)],
    },
    cluster,
  );
}
