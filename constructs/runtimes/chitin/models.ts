import type { Wiring } from '../../agent/plan.ts';
import type { Provider } from '../../models/provider.ts';
import type { Problem } from '../../problem.ts';
import type { ChitinConfig } from './config-types.ts';
import type { ChitinOptions } from './options.ts';
import type { SecretFiles } from './secret-files.ts';

type ProviderConfig = ChitinConfig['models']['providers'][string];

/** `models`: providers by name, and the route as a chain. */
export function modelsConfig(
  { patience, prices = {} }: ChitinOptions,
  wiring: Wiring,
  secrets: SecretFiles,
): ChitinConfig['models'] {
  const { model, cluster, secret } = wiring;
  const provider = (each: Provider): ProviderConfig => {
    const key = each.secret && { apiKey: secrets.file(secret(each.secret, 'api-key')) };
    const baseUrl = each.baseUrl?.(cluster.serviceDomain);
    // OpenAI itself is asked by its Responses API, which compatible servers seldom have.
    if (each.api === 'openai' && baseUrl !== undefined) return { api: 'openai-compatible', ...key, baseUrl };
    // Without a key it is a problem, see below.
    return { api: each.api, ...(key ?? { apiKey: { file: '' } }), ...(baseUrl === undefined ? {} : { baseUrl }) };
  };
  return {
    providers: Object.fromEntries(model.providers.map((each) => [each.name, provider(each)])),
    chain: [model.primary, ...model.fallbacks].map((ref) => {
      const price = prices[`${ref.provider.name}/${ref.model}`];
      return { provider: ref.provider.name, model: ref.model, ...(price ? { price } : {}) };
    }),
    ...patience,
  };
}

export function modelProblems({ prices = {} }: ChitinOptions, { model }: Wiring): Problem[] {
  const names = [model.primary, ...model.fallbacks].map((ref) => `${ref.provider.name}/${ref.model}`);
  const keyless = model.providers.filter(
    ({ api, baseUrl, secret }) => secret === undefined && (api !== 'openai' || baseUrl === undefined),
  );
  return [
    ...keyless.map(({ name }) => ({
      message: `runtime chitin: model provider ${name} has no key`,
      why: 'The program calls a service without one by the OpenAI-compatible protocol alone.',
      help: 'Give the provider a secret, or use openAiCompatible().',
    })),
    ...Object.keys(prices)
      .filter((name) => !names.includes(name))
      .map((name) => ({
        message: `runtime chitin: a price for ${name}, which is not in the route`,
        help: `The route has: ${names.join(', ')}.`,
      })),
  ];
}
