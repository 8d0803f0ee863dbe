export type { ModelApi, Provider } from './provider.ts';
export {
  anthropic,
  type CompatibleEndpoint,
  type CompatibleOptions,
  google,
  openAiCompatible,
  openai,
} from './providers.ts';
export { type ModelRef, type ModelRoute, type RouteOptions, route } from './route.ts';
export { type InClusterOptions, liteLlm, ollama, vllm } from './self-hosted.ts';
