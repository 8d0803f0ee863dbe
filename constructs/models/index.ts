export type { Provider } from './provider.ts';
export { anthropic, type CompatibleEndpoint, type CompatibleOptions, openAiCompatible, openai } from './providers.ts';
export { type ModelRef, type ModelRoute, type RouteOptions, route } from './route.ts';
