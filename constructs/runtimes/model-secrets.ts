import type { Wiring } from '../agent/plan.ts';
import type { ModelApi, Provider } from '../models/provider.ts';
import type { Problem } from '../problem.ts';
import type { SecretRef } from '../secrets/secret.ts';

/** Name of the variable that holds a provider's key, for programs that let us choose it: `MODEL_KEY_LITELLM`. */
export function keyVariable({ name }: Provider): string {
  return `MODEL_KEY_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The keys of the route's providers, each under its variable. Providers without a key have none. */
export function modelSecrets({ model, secret }: Wiring, variable = keyVariable): Record<string, SecretRef> {
  const secrets: Record<string, SecretRef> = {};
  for (const provider of model.providers) {
    if (provider.secret) secrets[variable(provider)] = secret(provider.secret, 'api-key');
  }
  return secrets;
}

/** For programs that ask one model and know no other to try. */
export function fallbackProblems(runtime: string, { model }: Wiring): Problem[] {
  if (model.fallbacks.length === 0) return [];
  const names = model.fallbacks.map(({ provider, model: name }) => `${provider.name}/${name}`);
  return [
    {
      message: `runtime ${runtime}: model fallbacks (${names.join(', ')})`,
      why: 'The program asks one model, and has no setting for others.',
      help: 'Remove `fallbacks`, or let a gateway such as LiteLLM do it behind one openAiCompatible() provider.',
    },
  ];
}

/** For programs that do not speak every protocol. */
export function protocolProblems(runtime: string, { model }: Wiring, spoken: readonly ModelApi[]): Problem[] {
  return model.providers
    .filter(({ api }) => !spoken.includes(api))
    .map(({ name, api }) => ({
      message: `runtime ${runtime}: model provider ${name} speaks the protocol of ${api}`,
      why: `The program speaks: ${spoken.join(', ')}.`,
      help: 'Use another provider, or an OpenAI-compatible gateway such as LiteLLM with openAiCompatible().',
    }));
}
