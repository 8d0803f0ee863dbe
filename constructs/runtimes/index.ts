export {
  type ChitinAddress,
  type ChitinConfig,
  type ChitinOptions,
  type ChitinPatches,
  type ChitinSchedule,
  chitin,
} from './chitin/index.ts';
export { type CustomOptions, type CustomSecret, custom } from './custom.ts';
export { type HermesOptions, hermes } from './hermes/index.ts';
export { type HermesRsOptions, hermesRs } from './hermes-rs.ts';
export { type IronClawOptions, ironClaw } from './ironclaw.ts';
export { nanoClaw } from './nanoclaw.ts';
export {
  type ConfigMode,
  type ExecPlace,
  type OpenClawOptions,
  type OpenClawVersion,
  openClaw,
  type PluginSource,
} from './openclaw/index.ts';
export { type PicoClawOptions, picoClaw } from './picoclaw/index.ts';
export {
  type AutonomyLevel,
  type ZeroClawBuiltinTool,
  type ZeroClawOptions,
  type ZeroClawTool,
  zeroClaw,
} from './zeroclaw/index.ts';
