import type { Wiring } from '../../agent/plan.ts';
import type { ModelApi, Provider } from '../../models/provider.ts';
import type { ModelRef } from '../../models/route.ts';
import { keyVariable } from '../model-secrets.ts';

/** Variables that OpenClaw itself knows (docs/help/environment.md). */
const known: Readonly<Record<string, string>> = {
  anthropic: 'ANTHROPIC_API_KEY',
  google: 'GEMINI_API_KEY',
  openai: 'OPENAI_API_KEY',
};

const protocols = {
  anthropic: 'anthropic-messages',
  google: 'google-generative-ai',
  openai: 'openai-completions',
} as const satisfies Record<ModelApi, string>;

/** The variable with a provider's key. */
export function modelVariable(provider: Provider): string {
  return (provider.baseUrl ? undefined : known[provider.name]) ?? keyVariable(provider);
}

/** An entry of `models.providers`. */
interface ProviderEntry {
  readonly baseUrl: string;
  readonly api: (typeof protocols)[ModelApi];
  readonly apiKey: string;
  readonly models: readonly { readonly id: string; readonly name: string }[];
}

/** `models.providers` of a route: those at an address of their own. OpenClaw knows the public ones. */
export function modelProviders({ model, cluster }: Wiring): Readonly<Record<string, ProviderEntry>> {
  const refs = [model.primary, ...model.fallbacks];
  const entries = model.providers.flatMap((provider) => {
    const baseUrl = provider.baseUrl?.(cluster.serviceDomain);
    if (baseUrl === undefined) return [];
    const names = new Set(refs.filter((ref) => ref.provider === provider).map((ref) => ref.model));
    const entry: ProviderEntry = {
      baseUrl,
      api: protocols[provider.api],
      // A provider without a key is one that OpenClaw passes over, so that any text has to stand there.
      apiKey: provider.secret ? `\${${modelVariable(provider)}}` : 'none',
      models: [...names].map((id) => ({ id, name: id })),
    };
    return [[provider.name, entry] as const];
  });
  return Object.fromEntries(entries);
}

/** `<provider>/<model>`, as OpenClaw names a model. */
export function modelName({ provider, model }: ModelRef): string {
  return `${provider.name}/${model}`;
}
