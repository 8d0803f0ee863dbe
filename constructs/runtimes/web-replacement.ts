import type { PlacedTool } from '../tools/tool.ts';

/** Whether a tool takes the place of the program's own ways to the web. */
export function replacesWeb(tools: readonly PlacedTool[]): boolean {
  return tools.some(({ replaces }) => replaces.includes('web'));
}
