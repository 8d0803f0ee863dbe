import type { ModelRef, ModelRoute } from '../../models/route.ts';
import type { TomlTable } from './toml.ts';

/** One entry of `[providers.models.<family>.<alias>]`. */
interface ModelEntry {
  readonly family: 'anthropic' | 'gemini' | 'openai' | 'custom';
  readonly alias: string;
  readonly ref: ModelRef;
}

/**
 * The route as entries: `primary`, then `fallback_1` and on. A fallback is another entry with its own key, tried in the
 * order of the primary's `fallback` list; a reference that names nothing is skipped with a warning
 * (zeroclaw-providers 0.8.7, lib.rs, `append_fallback_chain`).
 */
export function modelEntries(route: ModelRoute): ModelEntry[] {
  return [route.primary, ...route.fallbacks].map((ref, index) => ({
    family: familyOf(ref),
    alias: index === 0 ? 'primary' : `fallback_${index}`,
    ref,
  }));
}

/** `<family>.<alias>`, as agents and fallbacks name an entry. */
export function modelName({ family, alias }: ModelEntry): string {
  return `${family}.${alias}`;
}

/** `[providers.models]` of a route. */
export function modelTables(entries: readonly ModelEntry[], serviceDomain: string): TomlTable {
  const families: Record<string, Record<string, TomlTable>> = {};
  for (const [index, { family, alias, ref }] of entries.entries()) {
    const fallback = index === 0 ? entries.slice(1).map(modelName) : [];
    const byAlias = families[family] ?? {};
    byAlias[alias] = {
      model: ref.model,
      uri: ref.provider.baseUrl?.(serviceDomain),
      fallback: fallback.length > 0 ? fallback : undefined,
    };
    families[family] = byAlias;
  }
  return families;
}

/**
 * `custom` is ZeroClaw's family for OpenAI's chat completions at any address; `openai` itself speaks the Responses API,
 * which compatible servers seldom have (zeroclaw-config 0.8.7, schema.rs, `OpenAIModelProviderConfig`). `gemini` always asks
 * Google's own address, and takes its `api_key` before any OAuth session (zeroclaw-providers 0.8.7, gemini.rs).
 */
function familyOf({ provider }: ModelRef): ModelEntry['family'] {
  if (provider.api === 'anthropic') return 'anthropic';
  if (provider.api === 'google') return 'gemini';
  return provider.baseUrl ? 'custom' : 'openai';
}
