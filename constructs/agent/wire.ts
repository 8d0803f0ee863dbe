import type { ChannelKind, ChannelOf } from '../channels/channel.ts';
import type { ClusterFacts } from '../facts.ts';
import type { Flow } from '../network/flow.ts';
import { admits, type PodSecurityLevel } from '../pod-security.ts';
import type { Finding, Problem } from '../problem.ts';
import type { PlacedSecret, SecretNeed, SecretRef } from '../secrets/secret.ts';
import { loadSkill } from '../skills/load.ts';
import type { PlacedSkill } from '../skills/skill.ts';
import type { PlacedTool, Tool, ToolPlan } from '../tools/tool.ts';
import type { Exposure, Plan } from './plan.ts';
import type { AgentProps } from './props.ts';

/** What the author asked of an agent, all calls made. */
export interface AgentRequest {
  readonly name: string;
  readonly app: string;
  readonly namespace: string;
  readonly podSecurity: PodSecurityLevel;
  readonly cluster: ClusterFacts;
  readonly props: AgentProps<ChannelKind, PodSecurityLevel>;
  readonly exposedHost?: string | undefined;
  readonly granted: boolean;
  readonly reaches: readonly Flow[];
}

/** An agent with every name resolved: what its objects are made of. */
export interface WiredAgent extends AgentRequest {
  readonly plan: Plan;
  readonly tools: readonly WiredTool[];
  readonly skills: readonly PlacedSkill[];
  readonly exposure?: Exposure | undefined;
  readonly secrets: readonly PlacedSecret[];
  /** Flows of the agent's own pod. */
  readonly flows: readonly Flow[];
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
}

/** A tool with its plan at the place that it has. */
export interface WiredTool {
  readonly tool: Tool;
  /** Name of the tool's own objects when it has a pod. */
  readonly instance: string;
  readonly plan: ToolPlan;
}

/** Resolves an agent: asks its runtime for a plan, and sums up secrets, flows, findings and problems. */
export function wire(request: AgentRequest): WiredAgent {
  const { name, app, namespace, cluster, props } = request;
  const problems: Problem[] = [];
  const findings: Finding[] = [];
  const secrets = new Map<string, PlacedSecret>();
  const secret = (need: SecretNeed, key: string): SecretRef => {
    const secretName = `${name}-${need.name}`;
    const known = secrets.get(secretName)?.keys ?? {};
    secrets.set(secretName, {
      name: need.name,
      namespace,
      secretName,
      keys: { ...known, [key]: need.keys[key] ?? `${key} of ${need.name}` },
    });
    return { secret: secretName, key };
  };

  const channels: readonly ChannelOf<ChannelKind>[] = props.channels ?? [];
  for (const channel of channels) problems.push(...channel.problems, ...unspoken(channel, props.runtime));

  const tools = unique(props.tools ?? []).map((tool): WiredTool => {
    const instance = `${name}-${tool.name}`;
    const host = tool.place === 'sidecar' ? '127.0.0.1' : `${instance}.${namespace}.svc.${cluster.serviceDomain}`;
    problems.push(...refused(`tool ${tool.name}`, tool.podSecurity, request.podSecurity));
    return { tool, instance, plan: tool.plan({ place: tool.place, host, secret }) };
  });

  const skills = [...new Set(props.skills)].flatMap((skill) => {
    const loaded = loadSkill(cluster.skills, skill);
    problems.push(...loaded.problems);
    return loaded.skill ?? [];
  });
  for (const twice of [...repeated(props.skills ?? []), ...repeated((props.tools ?? []).map((tool) => tool.name))]) {
    problems.push({ message: `"${twice}" is listed twice`, help: 'Remove one.' });
  }

  const exposure = exposureOf(request, problems);
  const plan = props.runtime.plan({
    agent: { name, app, namespace },
    model: props.model,
    channels,
    tools: tools.map(placed),
    skills,
    seeded: props.seed !== undefined,
    credentialVariables: (props.credentials ?? []).flatMap(({ env }) => Object.keys(env)),
    exposure,
    cluster,
    secret,
  });
  problems.push(
    ...plan.problems,
    ...refused(`runtime ${props.runtime.name}`, plan.podSecurity.level, request.podSecurity),
  );
  if (plan.podSecurity.level !== 'restricted') {
    findings.push({
      rule: 'weaker-pod',
      message: `runtime ${props.runtime.name} needs Pod Security level ${plan.podSecurity.level}: ${plan.podSecurity.because ?? 'it gives no reason'}`,
      why: 'Pods of that level may do more to their node than the others.',
    });
  }
  findings.push(...plan.findings, ...tools.flatMap(({ tool }) => tool.findings));
  if (exposure && !plan.containers[0].ports.some((port) => port.name === plan.gatewayPort)) {
    const known = plan.containers[0].ports.map((port) => port.name);
    problems.push({
      message: `runtime ${props.runtime.name} serves nothing that could be exposed${plan.gatewayPort === undefined ? '' : `: it has no port "${plan.gatewayPort}"`}`,
      help: known.length > 0 ? `It has: ${known.join(', ')}.` : 'Remove expose().',
    });
  }
  if (request.granted && (props.credentials ?? []).some(({ env }) => 'KUBECONFIG' in env)) {
    problems.push({
      message: 'a kubeconfig that is the default hides the grants',
      why: "kubectl takes KUBECONFIG before the pod's own token.",
      help: 'Leave out `asDefault`, and name the file with --kubeconfig where it is meant.',
    });
  }

  for (const credential of props.credentials ?? []) {
    problems.push(...credential.problems(cluster));
    for (const key of Object.keys(credential.need.keys)) secret(credential.need, key);
    findings.push(...credential.findings);
  }
  for (const { tool } of tools.filter((each) => each.tool.place === 'sidecar')) {
    findings.push({
      rule: 'sidecar-shares-network',
      message: `tool ${tool.name} runs in the agent's pod, so the agent itself can open every connection that the tool may open`,
      help: `Give it a pod of its own with \`place: 'pod'\`, or accept it with the reason.`,
    });
  }
  return {
    ...request,
    plan,
    tools,
    skills,
    exposure,
    secrets: [...secrets.values()],
    flows: flowsOf(request, tools, plan, exposure),
    findings,
    problems,
  };
}

function placed({ tool, plan }: WiredTool): PlacedTool {
  return {
    name: tool.name,
    place: tool.place,
    url: plan.url,
    auth: plan.auth,
    replaces: tool.replaces,
    tools: tool.tools,
  };
}

function flowsOf(
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
    if (tool.place === 'sidecar') flows.push(...toolPlan.flows);
    else
      flows.push({
        direction: 'out',
        peer: {
          kind: 'pods',
          namespace,
          labels: { 'app.kubernetes.io/name': app, 'app.kubernetes.io/instance': instance },
        },
        ports: toolPlan.container.ports.map(({ port }) => ({ port })),
        because: `tool ${tool.name}`,
      });
  }
  if (request.granted) {
    const port = request.cluster.apiServer?.port ?? 6443;
    flows.push({ direction: 'out', peer: { kind: 'apiServer' }, ports: [{ port }], because: 'grants' });
  }
  const port = plan.containers[0].ports.find((each) => each.name === plan.gatewayPort);
  if (exposure && port) {
    flows.push({
      direction: 'in',
      peer: { kind: 'gateway' },
      ports: [{ port: port.port }],
      because: `exposed as ${exposure.host}`,
    });
  }
  return flows;
}

function exposureOf({ exposedHost, cluster }: AgentRequest, problems: Problem[]): Exposure | undefined {
  if (exposedHost === undefined) return undefined;
  if (
    exposedHost.length > 253 ||
    !/^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(exposedHost)
  ) {
    problems.push({
      message: `expose(): "${exposedHost}" is not a host name`,
      help: 'Use lowercase letters, digits and hyphens, in labels of at most 63 characters.',
    });
    return undefined;
  }
  if (!cluster.gateway) {
    problems.push({
      message: `cluster ${cluster.name} has no gateway`,
      help: 'Give the cluster a `gateway`, or remove expose().',
    });
    return undefined;
  }
  return { host: exposedHost, origin: `${cluster.gateway.scheme}://${exposedHost}` };
}

function unspoken(channel: ChannelOf<ChannelKind>, runtime: AgentRequest['props']['runtime']): Problem[] {
  if (channel.kind in runtime.dialect) return [];
  const kinds = Object.keys(runtime.dialect);
  return [
    {
      message: `runtime ${runtime.name} does not speak channel ${channel.kind}`,
      help: kinds.length > 0 ? `It speaks: ${kinds.join(', ')}.` : 'It speaks none.',
    },
  ];
}

function refused(what: string, needed: PodSecurityLevel, level: PodSecurityLevel): Problem[] {
  if (admits(level, needed)) return [];
  return [
    {
      message: `${what} needs Pod Security level ${needed}, and the app's namespace enforces ${level}`,
      why: 'The API server would refuse the pod.',
      help: `Set \`podSecurity: '${needed}'\` on the app, if that is what you want for its whole namespace.`,
    },
  ];
}

/** The first tool of each name: objects are named after tools. */
function unique(tools: readonly Tool[]): Tool[] {
  return [...new Map(tools.toReversed().map((tool) => [tool.name, tool])).values()].toReversed();
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
