export { type HermesOptions, hermes } from './hermes.ts';
