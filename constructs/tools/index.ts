export { chromium } from './chromium.ts';
export { type KubernetesMcpOptions, type KubernetesTool, kubernetesMcp } from './kubernetes-mcp.ts';
export { type McpServerImage, mcpServer, type RemoteMcpServer } from './mcp-server.ts';
export { type ScraplingBrowserOptions, type ScraplingOptions, scrapling } from './scrapling.ts';
export type { ScraplingTool } from './scrapling-command.ts';
export type {
  Endpoint,
  PlacedAt,
  PlacedTool,
  TokenHeader,
  Tool,
  ToolPlace,
  ToolPlan,
  ToolPrograms,
} from './tool.ts';
export { type ProgramImage, type ProgramVersion, type ToolboxOptions, toolbox } from './toolbox.ts';
