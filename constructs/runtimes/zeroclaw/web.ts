import type { PlacedTool } from '../../tools/tool.ts';
import type { TomlTable } from './toml.ts';

/** ZeroClaw's own tools that reach the web, as 0.8.7 registers them (zeroclaw-runtime, tools/mod.rs). */
export const webTools = [
  'browser',
  'browser_delegate',
  'browser_open',
  'http_request',
  'pushover',
  'text_browser',
  'weather',
  'web_fetch',
  'web_search_tool',
] as const;

/** The tool that takes the place of ZeroClaw's own web tools. */
export function webReplacement(tools: readonly PlacedTool[]): PlacedTool | undefined {
  return tools.find(({ replaces }) => replaces.includes('web'));
}

/**
 * Switches every web tool off. `web_fetch`, `http_request`, `web_search` and `browser` (`browser_open`) are on by default,
 * the others off; `weather` and `pushover` have no switch, so the risk profile excludes them, and the others as well.
 */
export const webOff: TomlTable = {
  browser: { enabled: false, automation_enabled: false },
  browser_delegate: { enabled: false },
  http_request: { enabled: false },
  link_enricher: { enabled: false },
  text_browser: { enabled: false },
  web_fetch: { enabled: false },
  web_search: { enabled: false },
};
