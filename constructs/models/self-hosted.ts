import type { Labels } from '../network/flow.ts';
import type { Provider } from './provider.ts';
import { openAiCompatible } from './providers.ts';

/** Where a model server of the cluster is. A server elsewhere is `openAiCompatible()` with its URL. */
export interface InClusterOptions<N extends string> {
  /** Namespace of its Service and pods. */
  readonly namespace: string;
  /** What `route()` calls it, and what the Secret with its key is named after. @default the program's name */
  readonly name?: N;
  /** Name of its Service. @default the program's name */
  readonly service?: string;
  /** Port of its Service. @default the program's own */
  readonly port?: number;
  /** Port of its containers, since policy acts after address translation. @default the Service's */
  readonly containerPort?: number;
  /** Labels of its pods. @default `app.kubernetes.io/name: <program>`, as its usual Helm charts set it */
  readonly labels?: Labels;
  /** Whether it wants an API key. */
  readonly key?: boolean;
}

/**
 * LiteLLM's proxy in the cluster: a gateway to models of many providers, under the names of its `model_list`. It wants a
 * key of its own by default (port and `LITELLM_MASTER_KEY`: BerriAI/litellm, docs/my-website/docs/proxy/deploy.md).
 *
 * @throws for a name that `openAiCompatible()` refuses
 */
export function liteLlm<const N extends string = 'litellm'>(options: InClusterOptions<N>): Provider<N | 'litellm'> {
  return inCluster('litellm', 4000, { key: true, ...options });
}

/**
 * Ollama in the cluster, by its OpenAI-compatible API below `/v1`. It takes no key (port: ollama/ollama, docs/faq.mdx;
 * API: docs/api/openai-compatibility.mdx). A model that is not pulled is not found: Ollama does not pull by itself.
 *
 * @throws for a name that `openAiCompatible()` refuses
 */
export function ollama<const N extends string = 'ollama'>(options: InClusterOptions<N>): Provider<N | 'ollama'> {
  return inCluster('ollama', 11434, { key: false, ...options });
}

/**
 * A vLLM server in the cluster. It takes a key only with `--api-key` (port: vllm-project/vllm,
 * docs/serving/openai_compatible_server.md). Its charts agree on no labels, so they are stated.
 *
 * @throws for a name that `openAiCompatible()` refuses
 */
export function vllm<const N extends string = 'vllm'>(
  options: InClusterOptions<N> & { readonly labels: Labels },
): Provider<N | 'vllm'> {
  return inCluster('vllm', 8000, { key: false, ...options });
}

function inCluster<P extends string, N extends string>(
  program: P,
  programPort: number,
  { namespace, name, service, port, containerPort, labels, key }: InClusterOptions<N> & { readonly key: boolean },
): Provider<N | P> {
  return openAiCompatible<N | P>(name ?? program, {
    key,
    service: {
      name: service ?? program,
      namespace,
      port: port ?? programPort,
      labels: labels ?? { 'app.kubernetes.io/name': program },
      ...(containerPort === undefined ? {} : { containerPort }),
    },
  });
}
