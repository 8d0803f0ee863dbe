import { grantCauses } from '../access/rbac.ts';
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
  if (request.grants.length > 0) {
    flows.push({
      direction: 'out',
      peer: { kind: 'apiServer' },
      ports: [{ port: request.cluster.apiServer?.port ?? 6443 }],
      because: 'grants',
      causes: grantCauses(request.grants),
    });
  }
  const port = plan.containers[0].ports.find((each) => each.name === plan.gatewayPort);
  const called = plan.containers[0].ports.find((each) => each.name === (plan.webhooks?.port ?? plan.gatewayPort));
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
