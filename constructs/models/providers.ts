import { baseUrlProblem } from '../network/base-url.ts';
import { type Flow, httpsTo, type Labels } from '../network/flow.ts';
import type { SecretNeed } from '../secrets/secret.ts';
import type { Provider } from './provider.ts';

/** Anthropic's public API. */
export function anthropic(): Provider<'anthropic'> {
  return {
    name: 'anthropic',
    api: 'anthropic',
    secret: apiKey('anthropic', 'Anthropic API key'),
    flow: httpsTo('api.anthropic.com', 'model provider anthropic'),
  };
}

/** OpenAI's public API. */
export function openai(): Provider<'openai'> {
  return {
    name: 'openai',
    api: 'openai',
    secret: apiKey('openai', 'OpenAI API key'),
    flow: httpsTo('api.openai.com', 'model provider openai'),
  };
}

/** Google's public Gemini API, with an API key of AI Studio. Vertex AI is another service. */
export function google(): Provider<'google'> {
  return {
    name: 'google',
    api: 'google',
    secret: apiKey('google', 'Gemini API key'),
    flow: httpsTo('generativelanguage.googleapis.com', 'model provider google'),
  };
}

/** Where an OpenAI-compatible service is: a public URL, or a Service of the cluster. */
export type CompatibleEndpoint =
  | { readonly url: `https://${string}` }
  | {
      readonly service: {
        readonly name: string;
        readonly namespace: string;
        /** Port of the Service. */
        readonly port: number;
        /** Labels of the pods behind it. */
        readonly labels: Labels;
        /** Port of the containers behind it, since policy acts after address translation. @default port */
        readonly containerPort?: number;
        /** @default '/v1' */
        readonly path?: `/${string}`;
      };
    };

/** Options of `openAiCompatible()`. */
export type CompatibleOptions = CompatibleEndpoint & {
  /** Whether it wants an API key. @default true */
  readonly key?: boolean;
};

/**
 * A service with OpenAI's API: LiteLLM, vLLM, Ollama or a hosted one.
 *
 * @param name what `route()` calls it: lowercase letters and digits, with hyphens between them
 * @throws for another name, or a URL that is no plain https URL
 */
export function openAiCompatible<const N extends string>(name: N, options: CompatibleOptions): Provider<N> {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) {
    throw new Error(
      `model provider name "${name}": use lowercase letters and digits, with hyphens between them. The Secret with its key is named after it.`,
    );
  }
  const because = `model provider ${name}`;
  const secret = options.key === false ? undefined : apiKey(name, `API key of ${name}`);
  if ('url' in options) {
    const problem = baseUrlProblem(`${because}: url`, options.url);
    if (problem) throw new Error([`${problem.message}.`, problem.why, problem.help].filter(Boolean).join(' '));
    const url = new URL(options.url);
    const flow = httpsTo(url.hostname, because, url.port === '' ? 443 : Number(url.port));
    return { name, api: 'openai', baseUrl: () => options.url, secret, flow };
  }
  const { service } = options;
  const flow: Flow = {
    direction: 'out',
    peer: { kind: 'pods', namespace: service.namespace, labels: service.labels },
    ports: [{ port: service.containerPort ?? service.port }],
    because,
  };
  const baseUrl = (serviceDomain: string) =>
    `http://${service.name}.${service.namespace}.svc.${serviceDomain}:${service.port}${service.path ?? '/v1'}`;
  return { name, api: 'openai', baseUrl, secret, flow };
}

function apiKey(name: string, what: string): SecretNeed {
  return { name, keys: { 'api-key': what } };
}
