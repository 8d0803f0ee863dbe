import type { ChannelKind, ChannelOf } from '../channels/channel.ts';
import { admits, type PodSecurityLevel } from '../pod-security.ts';
import type { Finding, Problem } from '../problem.ts';
import { alertmanagerProblems } from './alertmanager.ts';
import type { Exposure, Plan } from './plan.ts';
import { planMountProblems } from './plan-mounts.ts';
import type { AgentRequest, WiredTool } from './wire.ts';

/** An agent whose parts have said what they need. */
export interface Resolved {
  readonly request: AgentRequest;
  readonly plan: Plan;
  readonly tools: readonly WiredTool[];
  readonly exposure: Exposure | undefined;
}

/** What is wrong with how the parts of an agent fit together. */
export function agentProblems({ request, plan, tools, exposure }: Resolved): Problem[] {
  const { props, cluster, podSecurity } = request;
  const channels: readonly ChannelOf<ChannelKind>[] = props.channels ?? [];
  const twice = [...repeated(props.skills ?? []), ...repeated((props.tools ?? []).map((tool) => tool.name))];
  return [
    ...channels.flatMap((channel) => [...channel.problems, ...unspoken(channel, props.runtime)]),
    ...tools.flatMap(({ tool }) => refused(`tool ${tool.name}`, tool.podSecurity, podSecurity)),
    ...twice.map((name) => ({ message: `"${name}" is listed twice`, help: 'Remove one.' })),
    ...plan.problems,
    ...planMountProblems(props.runtime.name, plan),
    ...refused(`runtime ${props.runtime.name}`, plan.podSecurity.level, podSecurity),
    ...(exposure ? unserved(props.runtime.name, plan) : []),
    ...alertmanagerProblems({ props, plan }),
    ...hiddenGrants(request),
    ...(props.credentials ?? []).flatMap((credential) => credential.problems(cluster)),
  ];
}

/** What a reviewer should know of an agent. */
export function agentFindings({ request: { props }, plan, tools }: Resolved): Finding[] {
  const { level, because } = plan.podSecurity;
  const weaker: Finding = {
    rule: 'weaker-pod',
    message: `runtime ${props.runtime.name} needs Pod Security level ${level}: ${because ?? 'it gives no reason'}`,
    why: 'Pods of that level may do more to their node than the others.',
  };
  return [
    ...(level === 'restricted' ? [] : [weaker]),
    ...plan.findings,
    ...tools.flatMap(({ tool }) => [...tool.findings, ...(tool.place === 'sidecar' ? [shared(tool.name)] : [])]),
    ...(props.credentials ?? []).flatMap((credential) => credential.findings),
  ];
}

function shared(tool: string): Finding {
  return {
    rule: 'sidecar-shares-network',
    message: `tool ${tool} runs in the agent's pod, so the agent itself can open every connection that the tool may open`,
    help: `Give it a pod of its own with \`place: 'pod'\`, or accept it with the reason.`,
  };
}

function unserved(runtime: string, { containers: [program], gatewayPort }: Plan): Problem[] {
  const names = program.ports.map(({ name }) => name);
  if (gatewayPort !== undefined && names.includes(gatewayPort)) return [];
  const port = gatewayPort === undefined ? '' : `: it has no port "${gatewayPort}"`;
  return [
    {
      message: `runtime ${runtime} serves nothing that could be exposed${port}`,
      help: names.length > 0 ? `It has: ${names.join(', ')}.` : 'Remove expose().',
    },
  ];
}

function hiddenGrants({ grants, props }: AgentRequest): Problem[] {
  if (grants.length === 0 || !(props.credentials ?? []).some(({ env }) => 'KUBECONFIG' in env)) return [];
  return [
    {
      message: 'a kubeconfig that is the default hides the grants',
      why: "kubectl takes KUBECONFIG before the pod's own token.",
      help: 'Leave out `asDefault`, and name the file with --kubeconfig where it is meant.',
    },
  ];
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

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
