export type { ZeroClawBuiltinTool, ZeroClawTool } from './approval.ts';
export type { AutonomyLevel, ZeroClawOptions } from './options.ts';
export { zeroClaw } from './zeroclaw.ts';
