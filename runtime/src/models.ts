import { setTimeout as sleep } from 'node:timers/promises';
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { APICallError } from 'ai';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { describe, readSecret } from './secrets.ts';
import { collect } from './stream.ts';

// The library would write them to stderr; the log is JSON.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

type ModelsConfig = Config['models'];
type ProviderConfig = ModelsConfig['providers'][string];

export interface Link {
  readonly provider: string;
  readonly model: string;
  readonly price?: { readonly input: number; readonly output: number } | undefined;
  readonly language: LanguageModelV4;
}

/** No model of the chain answered; `reasons` has one line per model, of its last failure. */
export class ModelsUnavailable extends Error {
  readonly reasons: readonly string[];
  constructor(reasons: readonly string[]) {
    super(`no model answered: ${reasons.join('; ')}`);
    this.name = 'ModelsUnavailable';
    this.reasons = reasons;
  }
}

/** Loads only the provider packages that the configuration names. */
export async function connectModels(config: ModelsConfig): Promise<Link[]> {
  const links: Link[] = [];
  for (const { provider, model, price } of config.chain) {
    const settings = config.providers[provider];
    if (settings === undefined) throw new Error(`no provider ${provider}`);
    links.push({ provider, model, price, language: await languageModel(provider, settings, model) });
  }
  return links;
}

async function languageModel(name: string, settings: ProviderConfig, model: string): Promise<LanguageModelV4> {
  const apiKey = settings.apiKey === undefined ? undefined : readSecret(settings.apiKey);
  const common = {
    ...(apiKey !== undefined && { apiKey }),
    ...(settings.baseUrl !== undefined && { baseURL: settings.baseUrl }),
    fetch: guardedFetch,
  };
  switch (settings.api) {
    case 'anthropic':
      return (await import('@ai-sdk/anthropic')).createAnthropic(common)(model);
    case 'openai':
      return (await import('@ai-sdk/openai')).createOpenAI(common)(model);
    case 'google':
      return (await import('@ai-sdk/google')).createGoogle(common)(model);
    case 'azure':
      return (await import('@ai-sdk/azure')).createAzure({
        ...common,
        ...(settings.apiVersion !== undefined && { apiVersion: settings.apiVersion }),
      })(model);
    case 'openai-compatible':
      return (await import('@ai-sdk/openai-compatible')).createOpenAICompatible({
        ...common,
        name,
        baseURL: settings.baseUrl,
        includeUsage: true,
      })(model);
  }
}

// A redirect would carry the key and the conversation to a host that nobody configured.
const guardedFetch: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' });

/** `again`: may pass. `elsewhere`: this model will not answer this request, another may. */
type FailureClass = 'again' | 'elsewhere';

export function classify(error: unknown): FailureClass {
  if (!APICallError.isInstance(error) || error.statusCode === undefined) return 'again';
  // 200 is an answer that no parser accepts, from a proxy that is half broken.
  return error.isRetryable || error.statusCode === 200 ? 'again' : 'elsewhere';
}

export interface ChainOptions {
  readonly retrySeconds: readonly number[];
  readonly idleSeconds: number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/**
 * One model made of several: the first that answers, answers. Each call starts with the first; a chain is made per run and
 * remembers which of its models are out for the run.
 */
export function modelChain(
  links: readonly Link[],
  { retrySeconds, idleSeconds, metrics, log }: ChainOptions,
): LanguageModelV4 {
  const out = new Set<Link>();
  const failures = new Map<Link, string>();

  async function attempt(
    link: Link,
    options: LanguageModelV4CallOptions,
  ): Promise<LanguageModelV4GenerateResult | undefined> {
    const labels = { provider: link.provider, model: link.model };
    try {
      const result = await collect(link.language, options, idleSeconds);
      const input = result.usage.inputTokens.total ?? 0;
      const output = result.usage.outputTokens.total ?? 0;
      metrics.modelCalls.inc({ ...labels, outcome: 'answer' });
      metrics.tokens.inc({ ...labels, direction: 'input' }, input);
      metrics.tokens.inc({ ...labels, direction: 'output' }, output);
      if (link.price !== undefined)
        metrics.cost.inc(labels, (input * link.price.input + output * link.price.output) / 1e6);
      return result;
    } catch (error) {
      if (options.abortSignal?.aborted === true) throw error;
      const failure = classify(error);
      if (failure === 'elsewhere') out.add(link);
      failures.set(link, `${link.provider}/${link.model}: ${describe(error)}`);
      metrics.modelCalls.inc({ ...labels, outcome: failure });
      log.warn({ ...labels, failure, err: error }, 'model call failed');
      return undefined;
    }
  }

  async function doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    for (let round = 0; ; round += 1) {
      for (const link of links) {
        if (out.has(link)) continue;
        const result = await attempt(link, options);
        if (result !== undefined) return result;
      }
      const wait = retrySeconds[round];
      if (wait === undefined || out.size === links.length) throw new ModelsUnavailable([...failures.values()]);
      await sleep(wait * 1000, undefined, options.abortSignal === undefined ? {} : { signal: options.abortSignal });
    }
  }

  return {
    specificationVersion: 'v4',
    provider: 'chain',
    modelId: links.map(({ provider, model }) => `${provider}/${model}`).join(','),
    supportedUrls: {},
    doGenerate,
    doStream: () => Promise.reject(new Error('the chain gives whole answers')),
  };
}
