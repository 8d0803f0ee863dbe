export { type CustomOptions, type CustomSecret, custom } from './custom.ts';
export { type AutonomyLevel, type ZeroClawOptions, zeroClaw } from './zeroclaw/index.ts';
