export { type ScraplingBrowserOptions, type ScraplingOptions, scrapling } from './scrapling.ts';
export type { PlacedTool, Tool, ToolPlace, ToolPlan } from './tool.ts';
