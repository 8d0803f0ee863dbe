import type { ChannelKind, ChannelOf } from '../channels/channel.ts';
import type { Provider } from '../models/provider.ts';
import { admits, type PodSecurityLevel } from '../pod-security.ts';
import type { Finding, Problem } from '../problem.ts';
import { speakers } from '../runtimes/speakers.ts';
import type { Endpoint, Tool } from '../tools/tool.ts';
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
    ...props.model.providers.flatMap((provider) => unknownApi(provider, props.runtime)),
    ...tools.flatMap(({ tool, plan: { endpoint, problems = [] } }) => [
      ...(tool.problems ?? []),
      ...problems,
      ...refused(`tool ${tool.name}`, tool.podSecurity, podSecurity),
      ...unusable(tool, endpoint, props.runtime),
      ...toolGrants(tool),
    ]),
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
    ...tools.flatMap(({ tool, plan: { container, endpoint } }) => [
      ...tool.findings,
      ...(tool.place === 'sidecar' && container ? [shared(tool.name)] : []),
      ...(tool.place === 'pod' && endpoint.kind === 'mcp' && !endpoint.auth ? [open(tool.name)] : []),
    ]),
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

function open(tool: string): Finding {
  return {
    rule: 'tool-without-token',
    message: `tool ${tool} answers whoever reaches its pod`,
    why: 'It asks its callers for no token. Its fence admits the agent alone, where the cluster enforces network policies.',
    help: 'Give it a token, if it knows one, or accept it with the reason.',
  };
}

function unserved(runtime: string, { containers, gatewayPort }: Plan): Problem[] {
  const names = containers.flatMap(({ ports }) => ports.map(({ name }) => name));
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
      help: `${kinds.length > 0 ? `It speaks: ${kinds.join(', ')}.` : 'It speaks none.'} Runtimes that speak ${channel.kind}: ${speakers[channel.kind].join(', ')}.`,
    },
  ];
}

function unknownApi({ name, api }: Provider, runtime: AgentRequest['props']['runtime']): Problem[] {
  const apis = runtime.modelApis ?? ['anthropic', 'openai'];
  if (apis.includes(api)) return [];
  return [
    {
      message: `runtime ${runtime.name} does not speak the API of model provider ${name} (${api})`,
      help: `It speaks: ${apis.join(', ')}. LiteLLM offers models of other providers by OpenAI's.`,
    },
  ];
}

const toolKind = { mcp: 'an MCP server', cdp: 'a browser', programs: 'programs' } as const;

function unusable(tool: Tool, { kind }: Endpoint, runtime: AgentRequest['props']['runtime']): Problem[] {
  const kinds = runtime.toolKinds ?? ['mcp', 'programs'];
  if (kinds.includes(kind)) return [];
  return [
    {
      message: `tool ${tool.name} is ${toolKind[kind]}, which runtime ${runtime.name} cannot use`,
      help: `Remove it. The runtime uses: ${kinds.map((each) => toolKind[each]).join(', ')}.`,
    },
  ];
}

function toolGrants({ name, place, grants = [] }: Tool): Problem[] {
  const reasonless = grants.filter(({ because }) => because.trim() === '');
  const lost: Problem = {
    message: `tool ${name} has grants at place "${place}"`,
    why: 'Only a pod of its own has a ServiceAccount of its own.',
    help: 'Give it the place "pod".',
  };
  return [
    ...(grants.length > 0 && place !== 'pod' ? [lost] : []),
    ...reasonless.map(({ grant }) => ({
      message: `tool ${name}: grant ${grant.name}: \`because\` is empty`,
      help: 'Say what the agent needs it for.',
    })),
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
