export { openClaw } from './openclaw.ts';
export type { ConfigMode, ExecPlace, OpenClawOptions, PluginSource } from './options.ts';
export type { OpenClawVersion } from './version.ts';
