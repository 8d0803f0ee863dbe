import type { Flow } from '../network/flow.ts';
import type { SecretNeed } from '../secrets/secret.ts';

/** The protocol of a model provider: Anthropic's Messages, OpenAI's Chat Completions or Responses, Google's `generateContent`. */
export type ModelApi = 'anthropic' | 'google' | 'openai';

/** A service that answers model requests. It knows its key and its connections. */
export interface Provider<N extends string = string> {
  readonly name: N;
  /** The protocol it speaks. */
  readonly api: ModelApi;
  /** Base URL in a cluster whose Services live below `serviceDomain`; undefined for the public one of `api`. */
  readonly baseUrl?: ((serviceDomain: string) => string) | undefined;
  /** The key it needs, in `keys['api-key']`; undefined when it takes none. */
  readonly secret?: SecretNeed | undefined;
  readonly flow: Flow;
}
