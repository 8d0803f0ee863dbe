export { type PicoClawOptions, picoClaw } from './picoclaw.ts';
