import type { Problem } from '../../problem.ts';
import type { PlacedTool } from '../../tools/tool.ts';
import { aliasOf } from './alias.ts';
import { webReplacement, webTools } from './web.ts';

/**
 * Names of ZeroClaw's own tools that a released image offers without further configuration
 * (zeroclaw-runtime 0.8.7, tools/mod.rs). One that is spelled wrong would silently approve nothing.
 */
export type ZeroClawBuiltinTool =
  | (typeof webTools)[number]
  | 'TodoWrite'
  | 'ask_user'
  | 'calculator'
  | 'canvas'
  | 'channel_room'
  | 'content_search'
  | 'cron_add'
  | 'cron_list'
  | 'cron_remove'
  | 'cron_run'
  | 'cron_runs'
  | 'cron_update'
  | 'deliver_file'
  | 'escalate_to_human'
  | 'file_edit'
  | 'file_read'
  | 'file_write'
  | 'git_operations'
  | 'glob_search'
  | 'image_info'
  | 'llm_task'
  | 'memory_export'
  | 'memory_forget'
  | 'memory_purge'
  | 'memory_recall'
  | 'memory_store'
  | 'poll'
  | 'reaction'
  | 'read_skill'
  | 'schedule'
  | 'screenshot'
  | 'send_message_to_peer'
  | 'send_via'
  | 'sessions_current'
  | 'sessions_history'
  | 'sessions_list'
  | 'sessions_send'
  | 'shell'
  | 'spawn_subagent'
  | 'tool_search';

/** A tool as approvals name it: a built-in one, or `<server>__<tool>` of an MCP server, hyphens of the server as `_`. */
export type ZeroClawTool = ZeroClawBuiltinTool | `${string}__${string}`;

/** ZeroClaw's own default (`default_auto_approve`, schema.rs) without its web tools: they only read the workspace. */
const reading: readonly ZeroClawTool[] = [
  'calculator',
  'content_search',
  'file_read',
  'glob_search',
  'image_info',
  'memory_recall',
  'tool_search',
];

/** MCP tools as ZeroClaw names them (zeroclaw-tools 0.8.7, mcp_client.rs). */
export function mcpNames({ name, tools }: PlacedTool): ZeroClawTool[] {
  return tools.map((tool): ZeroClawTool => `${aliasOf(name)}__${tool}`);
}

/**
 * What needs no approval when the author says nothing: ZeroClaw's own default, in which the tool that replaces the web
 * stands for the built-in web tools. (`browser_open` is left out: a container has no browser to open.)
 */
export function defaultApprovals(tools: readonly PlacedTool[]): ZeroClawTool[] {
  const web = webReplacement(tools);
  return [...reading, ...(web ? mcpNames(web) : (['weather', 'web_fetch', 'web_search_tool'] as const))];
}

/** Approvals that would approve nothing. */
export function approvalProblems(names: readonly ZeroClawTool[], tools: readonly PlacedTool[]): Problem[] {
  const web = webReplacement(tools);
  const off: readonly string[] = web ? webTools : [];
  return names.flatMap((name): Problem[] => {
    if (off.includes(name)) {
      return [
        {
          message: `runtime zeroclaw: autoApprove names ${name}, which is off`,
          why: `Tool ${web?.name} replaces ZeroClaw's own web tools.`,
          help: `Remove it${web && web.tools.length > 0 ? `, or name one of ${mcpNames(web).join(', ')}` : ''}.`,
        },
      ];
    }
    const split = name.indexOf('__');
    if (split < 0) return [];
    const server = tools.find((tool) => aliasOf(tool.name) === name.slice(0, split));
    if (server && (server.tools.length === 0 || server.tools.includes(name.slice(split + 2)))) return [];
    const known = tools.flatMap(mcpNames);
    return [
      {
        message: `runtime zeroclaw: autoApprove names ${name}, which no tool offers`,
        why: 'ZeroClaw would silently approve nothing.',
        help: known.length > 0 ? `The tools offer: ${known.join(', ')}.` : 'Remove it, or give the agent the tool.',
      },
    ];
  });
}
