import type { Wiring } from '../../agent/plan.ts';
import type { Finding, Problem } from '../../problem.ts';
import { type McpTool, mcpTools } from '../../tools/tool.ts';
import { aliasOf, aliasProblems } from './alias.ts';
import { approvalProblems } from './approval.ts';
import { channelFindings, channelProblems } from './channel-checks.ts';
import { spoken } from './channels.ts';
import { commandFindings, commandProblems } from './commands.ts';
import type { Settings } from './config.ts';
import { gatewayFindings } from './gateway.ts';
import type { ZeroClawOptions } from './options.ts';
import { skillProblems } from './skills.ts';
import { webReplacement } from './web.ts';

/** What a reviewer should know. */
export function findingsOf({ level, metrics }: Settings, options: ZeroClawOptions, wiring: Wiring): Finding[] {
  const autonomy: Finding = {
    rule: 'zeroclaw-full-autonomy',
    message: 'runtime zeroclaw: level full',
    why: 'The agent never asks before it acts, and its file tools leave the workspace.',
    help: "Use level 'supervised' with `autoApprove`, or accept it with the reason.",
  };
  return [
    ...(level === 'full' ? [autonomy] : []),
    ...commandFindings(options.commands ?? [], webReplacement(wiring.tools)),
    ...gatewayFindings(wiring.exposure, metrics),
    ...channelFindings(spoken(wiring.channels)),
  ];
}

/** What ZeroClaw itself would refuse, pass over, or silently do otherwise. */
export function problemsOf(options: ZeroClawOptions, settings: Settings, wiring: Wiring): Problem[] {
  const { agent, tools } = wiring;
  return [
    ...aliasProblems(`agent "${agent.name}"`, agent.name),
    ...reservedProblems(settings.alias),
    ...tools.flatMap(({ name }) => aliasProblems(`tool "${name}"`, name)),
    ...sharedAliases(tools.map(({ name }) => name)),
    ...mcpTools(tools).flatMap(headerProblems),
    ...channelProblems(spoken(wiring.channels)),
    ...commandProblems(options.commands ?? [], settings.level),
    ...approvalProblems(options.autoApprove ?? [], tools),
    ...rateProblems(settings.actionsPerHour),
    ...wiring.skills.flatMap(skillProblems),
  ];
}

/** `default` is upstream's bridge from old configurations: a profile of that name gets its approvals back at every load. */
function reservedProblems(alias: string): Problem[] {
  if (alias !== 'default') return [];
  return [
    {
      message: 'runtime zeroclaw: an agent cannot be named "default"',
      why: 'ZeroClaw adds its own automatic approvals, web tools among them, to a profile of that name.',
      help: 'Give it another name.',
    },
  ];
}

/** zeroclaw-config 0.8.7, env_overrides.rs: variables with other characters are passed over, and two underscores separate. */
function headerProblems({ name, endpoint: { auth, header } }: McpTool): Problem[] {
  if (!auth || !header || /^[a-z0-9]+(_[a-z0-9]+)*$/i.test(header.name)) return [];
  return [
    {
      message: `runtime zeroclaw: tool ${name} wants its token in the header ${header.name}`,
      why: 'ZeroClaw takes a secret header from a variable that is named after it, and knows no hyphen there.',
      help: 'If the server also takes Authorization, use that, with any scheme. Runtimes that send any header: openclaw, hermes, picoclaw.',
    },
  ];
}

function sharedAliases(names: readonly string[]): Problem[] {
  const taken = new Map<string, string>();
  return names.flatMap((name): Problem[] => {
    const alias = aliasOf(name);
    const other = taken.get(alias);
    taken.set(alias, other ?? name);
    if (other === undefined || other === name) return [];
    return [
      {
        message: `tools "${other}" and "${name}" would both be "${alias}" in ZeroClaw's configuration`,
        why: 'ZeroClaw tells MCP servers apart by that name.',
        help: 'Rename one of them.',
      },
    ];
  });
}

function rateProblems(actionsPerHour: number): Problem[] {
  if (Number.isInteger(actionsPerHour) && actionsPerHour >= 1 && actionsPerHour < 2 ** 32) return [];
  return [
    {
      message: `runtime zeroclaw: actionsPerHour is ${actionsPerHour}`,
      why: 'ZeroClaw takes a whole number, and refuses every tool call at 0.',
      help: 'Give a whole number from 1 to 4294967295.',
    },
  ];
}
