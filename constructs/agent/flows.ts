import { grantCauses, type ReasonedGrant } from '../access/rbac.ts';
import type { ClusterFacts } from '../facts.ts';
import type { Flow } from '../network/flow.ts';
import type { Exposure, Plan } from './plan.ts';
import type { AgentRequest, WiredTool } from './wire.ts';

/** Every connection of an agent's own pod: of its model, channels, program and sidecars, and what the author asked for. */
export function agentFlows(
  request: AgentRequest,
  tools: readonly WiredTool[],
  plan: Plan,
  exposure: Exposure | undefined,
): Flow[] {
  const { props, namespace, app } = request;
  const flows: Flow[] = [
    ...props.model.providers.map((provider) => provider.flow),
    ...(props.channels ?? []).flatMap((channel) => channel.flows),
    ...plan.flows,
    ...request.reaches,
  ];
  for (const { tool, instance, plan: toolPlan } of tools) {
    if (tool.place !== 'pod') flows.push(...toolPlan.flows);
    else
      flows.push({
        direction: 'out',
        peer: {
          kind: 'pods',
          namespace,
          labels: { 'app.kubernetes.io/name': app, 'app.kubernetes.io/instance': instance },
        },
        ports: (toolPlan.container?.ports ?? []).map(({ port }) => ({ port })),
        because: `tool ${tool.name}`,
      });
  }
  flows.push(...apiServerFlows(request.cluster, request.grants));
  const port = plan.containers.flatMap(({ ports }) => ports).find((each) => each.name === plan.gatewayPort);
  const calledPort = plan.webhooks?.port ?? plan.gatewayPort;
  const called = plan.containers.flatMap(({ ports }) => ports).find((each) => each.name === calledPort);
  for (const { kind, callers } of called ? (props.channels ?? []) : []) {
    for (const peer of callers ?? [])
      flows.push({ direction: 'in', peer, ports: [{ port: called?.port ?? 0 }], because: `channel ${kind}` });
  }
  if (exposure && port) {
    const because = `exposed as ${exposure.host}`;
    flows.push({
      direction: 'in',
      peer: { kind: 'gateway' },
      ports: [{ port: port.port }],
      because,
      causes: [{ because, source: request.exposed?.source }],
    });
  }
  return flows;
}

/** The way to the API server, which comes with any grant. */
export function apiServerFlows(cluster: ClusterFacts, grants: readonly ReasonedGrant[]): Flow[] {
  if (grants.length === 0) return [];
  return [
    {
      direction: 'out',
      peer: { kind: 'apiServer' },
      ports: [{ port: cluster.apiServer?.port ?? 6443 }],
      because: 'grants',
      causes: grantCauses(grants),
    },
  ];
}
