import type { ReasonedGrant } from '../access/rbac.ts';
import type { ChannelKind } from '../channels/channel.ts';
import type { ClusterFacts } from '../facts.ts';
import type { Flow } from '../network/flow.ts';
import type { Source } from '../origin.ts';
import type { PodSecurityLevel } from '../pod-security.ts';
import type { Finding, Problem } from '../problem.ts';
import { pullSecretNeeds } from '../secrets/pull-secret.ts';
import type { PlacedSecret, SecretNeed, SecretRef } from '../secrets/secret.ts';
import { skillOf } from '../skills/load.ts';
import type { PlacedSkill } from '../skills/skill.ts';
import type { PlacedTool, Tool, ToolPlan } from '../tools/tool.ts';
import { agentFindings, agentProblems } from './checks.ts';
import { agentFlows } from './flows.ts';
import type { Exposure, Plan } from './plan.ts';
import type { AgentProps } from './props.ts';

/** A call of `expose()`. */
export interface Exposed {
  readonly host: string;
  readonly source?: Source | undefined;
}

/** What the author asked of an agent, all calls made. */
export interface AgentRequest {
  readonly name: string;
  readonly app: string;
  readonly namespace: string;
  readonly podSecurity: PodSecurityLevel;
  readonly cluster: ClusterFacts;
  readonly props: AgentProps<ChannelKind, PodSecurityLevel>;
  readonly exposed?: Exposed | undefined;
  readonly grants: readonly ReasonedGrant[];
  readonly reaches: readonly Flow[];
}

/** An agent with every name resolved: what its objects are made of. */
export interface WiredAgent extends AgentRequest {
  readonly plan: Plan;
  readonly tools: readonly WiredTool[];
  readonly skills: readonly PlacedSkill[];
  readonly exposure?: Exposure | undefined;
  readonly secrets: readonly PlacedSecret[];
  /** `<secret>/<key>` to the parts of the agent that asked for it. */
  readonly askers: ReadonlyMap<string, ReadonlySet<string>>;
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

/** Resolves an agent: asks its tools and its runtime for their plans, and sums up secrets, flows, findings and problems. */
export function wire(request: AgentRequest): WiredAgent {
  const { name, app, namespace, cluster, props } = request;
  const problems: Problem[] = [];
  const secrets = new Map<string, PlacedSecret>();
  const askers = new Map<string, Set<string>>();
  const secretFor = (part: string, need: SecretNeed, key: string): SecretRef => {
    const secretName = `${name}-${need.name}`;
    const id = `${secretName}/${key}`;
    askers.set(id, (askers.get(id) ?? new Set()).add(part));
    const keys = { ...secrets.get(secretName)?.keys, [key]: need.keys[key] ?? `${key} of ${need.name}` };
    const generated = { ...secrets.get(secretName)?.generated, ...need.generated };
    const type = need.type ?? secrets.get(secretName)?.type;
    secrets.set(secretName, { name: need.name, namespace, secretName, keys, generated, type });
    return { secret: secretName, key };
  };
  const tools = unique(props.tools ?? []).map((tool): WiredTool => {
    const instance = `${name}-${tool.name}`;
    const host = tool.place === 'sidecar' ? '127.0.0.1' : `${instance}.${namespace}.svc.${cluster.serviceDomain}`;
    const secret = (need: SecretNeed, key: string) => secretFor(`tool ${tool.name}`, need, key);
    return { tool, instance, plan: tool.plan({ place: tool.place, host, kubernetes: cluster.kubernetes, secret }) };
  });
  const skills = [...new Set(props.skills)].flatMap((skill) => {
    const loaded = skillOf(cluster, skill);
    problems.push(...loaded.problems);
    return loaded.skill ?? [];
  });
  const exposure = exposureOf(request, problems);
  const plan = props.runtime.plan({
    agent: { name, app, namespace },
    model: props.model,
    channels: props.channels ?? [],
    tools: tools.map(placed),
    skills,
    seeded: props.seed !== undefined,
    credentialVariables: (props.credentials ?? []).flatMap(({ env }) => Object.keys(env)),
    exposure,
    grants: request.grants.map(({ grant }) => grant),
    callers: (props.channels ?? []).flatMap(({ callers }) => callers ?? []),
    cluster,
    resources: props.resources,
    secret: (need, key) => secretFor(partOf(need, props), need, key),
  });
  for (const { need } of props.credentials ?? []) {
    for (const key of Object.keys(need.keys)) secretFor(`credential ${need.name}`, need, key);
  }
  for (const need of pullSecretNeeds(cluster.images)) {
    for (const key of Object.keys(need.keys)) secretFor(`images of cluster ${cluster.name}`, need, key);
  }
  const resolved = { request, plan, tools, exposure };
  return {
    ...request,
    plan,
    tools,
    skills,
    exposure,
    secrets: [...secrets.values()],
    askers,
    flows: agentFlows(request, tools, plan, exposure),
    findings: agentFindings(resolved),
    problems: [...problems, ...agentProblems(resolved)],
  };
}

function placed({ tool, plan }: WiredTool): PlacedTool {
  return {
    name: tool.name,
    place: tool.place,
    endpoint: plan.endpoint,
    replaces: tool.replaces,
    tools: tool.tools,
  };
}

/** The part whose secret a runtime asks for: a model provider, a channel, or the runtime itself. */
function partOf({ name }: SecretNeed, { model, channels, runtime }: AgentRequest['props']): string {
  const provider = model.providers.find(({ secret }) => secret?.name === name);
  if (provider) return `model provider ${provider.name}`;
  const channel = channels?.find(({ secret }) => secret.name === name);
  return channel ? `channel ${channel.kind}` : `runtime ${runtime.name}`;
}

function exposureOf({ exposed, cluster }: AgentRequest, problems: Problem[]): Exposure | undefined {
  if (exposed === undefined) return undefined;
  const { host } = exposed;
  if (host.length > 253 || !/^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(host)) {
    problems.push({
      message: `expose(): "${host}" is not a host name`,
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
  return { host, origin: `${cluster.gateway.scheme}://${host}` };
}

/** The first tool of each name: objects are named after tools. */
function unique(tools: readonly Tool[]): Tool[] {
  return [...new Map(tools.toReversed().map((tool) => [tool.name, tool])).values()].toReversed();
}
