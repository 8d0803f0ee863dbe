import type { Provider } from './provider.ts';
import { anthropic, google, openai } from './providers.ts';

/** A model at a provider. */
export interface ModelRef {
  readonly provider: Provider;
  /** The provider's own name of the model, such as `claude-sonnet-4-5`. */
  readonly model: string;
}

/** Which model answers, and which ones when it does not. */
export interface ModelRoute {
  readonly primary: ModelRef;
  /** Tried in this order. */
  readonly fallbacks: readonly ModelRef[];
  /** Every provider in use, once each, in order of first use. */
  readonly providers: readonly Provider[];
}

const builtIn = { anthropic: anthropic(), google: google(), openai: openai() };
type BuiltIn = keyof typeof builtIn;

/** Options of `route()`. */
export interface RouteOptions<P extends string> {
  /** `<provider>/<model>`, tried in this order when the primary fails. */
  readonly fallbacks?: readonly `${BuiltIn | NoInfer<P>}/${string}`[];
  /** Providers beside Anthropic, Google and OpenAI; one of the same name replaces a built-in one. */
  readonly providers?: readonly Provider<P>[];
}

/**
 * A model route: `route('anthropic/claude-sonnet-4-5', { fallbacks: ['openai/gpt-5'] })`.
 *
 * @param primary `<provider>/<model>`; the provider is `anthropic`, `google`, `openai` or one of `providers`, which the type checks
 */
export function route<const P extends string = never>(
  primary: `${BuiltIn | NoInfer<P>}/${string}`,
  options: RouteOptions<P> = {},
): ModelRoute {
  const known = new Map<string, Provider>(Object.entries(builtIn));
  for (const provider of options.providers ?? []) known.set(provider.name, provider);
  const resolve = (text: string): ModelRef => {
    const slash = text.indexOf('/');
    const provider = known.get(text.slice(0, slash));
    if (!provider || slash === text.length - 1) {
      throw new Error(
        `model "${text}" does not start with a known provider and "/" (known: ${[...known.keys()].join(', ')})`,
      );
    }
    return { provider, model: text.slice(slash + 1) };
  };
  const all = [primary, ...(options.fallbacks ?? [])].map(resolve);
  const [first = resolve(primary), ...fallbacks] = all;
  return { primary: first, fallbacks, providers: [...new Set(all.map((ref) => ref.provider))] };
}
