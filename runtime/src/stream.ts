import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
} from '@ai-sdk/provider';

/** The provider sent nothing for as long as it may. */
export class IdleError extends Error {
  constructor(seconds: number) {
    super(`no sign of an answer for ${seconds} s`);
    this.name = 'IdleError';
  }
}

/**
 * One whole answer, read as a stream: a provider that hangs is told from one that thinks, and a connection that breaks
 * half-way is an error instead of half an answer.
 * @throws IdleError, and whatever the provider throws
 */
export async function collect(
  model: LanguageModelV4,
  options: LanguageModelV4CallOptions,
  idleSeconds: number,
): Promise<LanguageModelV4GenerateResult> {
  const idle = new AbortController();
  const silence = new IdleError(idleSeconds);
  let timer = setTimeout(() => idle.abort(silence), idleSeconds * 1000);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(silence), idleSeconds * 1000);
  };
  const stopped = new Promise<never>((_, reject) =>
    idle.signal.addEventListener('abort', () => reject(silence), { once: true }),
  );
  stopped.catch(() => {});
  const abortSignal =
    options.abortSignal === undefined ? idle.signal : AbortSignal.any([options.abortSignal, idle.signal]);
  try {
    const { stream, request, response } = await Promise.race([model.doStream({ ...options, abortSignal }), stopped]);
    const reader = stream.getReader();
    const parts = new Parts();
    try {
      for (;;) {
        const { done, value } = await Promise.race([reader.read(), stopped]);
        if (done) break;
        alive();
        parts.add(value);
      }
    } finally {
      reader.cancel().catch(() => {});
    }
    return {
      ...parts.result(),
      ...(request && { request }),
      ...(response?.headers && { response: { headers: response.headers } }),
    };
  } finally {
    clearTimeout(timer);
  }
}

type Part = Awaited<ReturnType<LanguageModelV4['doStream']>>['stream'] extends ReadableStream<infer P> ? P : never;

/** Puts the parts of a stream together as the answer that they are parts of. */
class Parts {
  readonly #content: LanguageModelV4Content[] = [];
  readonly #open = new Map<
    string,
    { type: 'text' | 'reasoning'; text: string; providerMetadata?: Record<string, never> }
  >();
  readonly #warnings: LanguageModelV4GenerateResult['warnings'] = [];
  #finish: Extract<Part, { type: 'finish' }> | undefined;

  add(part: Part): void {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start': {
        const block = {
          type: part.type === 'text-start' ? ('text' as const) : ('reasoning' as const),
          text: '',
          ...metadata(part),
        };
        this.#open.set(`${block.type} ${part.id}`, block);
        this.#content.push(block);
        return;
      }
      case 'text-delta':
      case 'reasoning-delta':
      case 'text-end':
      case 'reasoning-end': {
        const block = this.#open.get(`${part.type.startsWith('text') ? 'text' : 'reasoning'} ${part.id}`);
        if (block === undefined) throw new Error(`a ${part.type} without a start`);
        if ('delta' in part) block.text += part.delta;
        // Signatures of reasoning arrive last, and the next request needs them.
        Object.assign(block, metadata(part));
        return;
      }
      case 'tool-call':
      case 'tool-result':
      case 'tool-approval-request':
      case 'source':
      case 'file':
      case 'reasoning-file':
      case 'custom':
        this.#content.push(part);
        return;
      case 'stream-start':
        this.#warnings.push(...part.warnings);
        return;
      case 'finish':
        this.#finish = part;
        return;
      case 'error':
        throw part.error instanceof Error
          ? part.error
          : new Error(typeof part.error === 'string' ? part.error : JSON.stringify(part.error));
      default:
        return;
    }
  }

  result(): LanguageModelV4GenerateResult {
    const finish = this.#finish;
    const content = this.#content.filter(
      (block) => !('text' in block) || block.text !== '' || 'providerMetadata' in block,
    );
    const unified = finish?.finishReason.unified;
    if (finish === undefined || unified === 'error' || unified === 'interrupted')
      throw new Error('the answer broke off');
    if (content.length === 0 && unified !== 'content-filter' && unified !== 'length')
      throw new Error('the answer is empty');
    // Some servers say `stop` after a tool call, and the loop would end there.
    const calls = content.some((block) => block.type === 'tool-call' && block.providerExecuted !== true);
    const again = calls && (unified === 'stop' || unified === 'other');
    const finishReason = again ? { ...finish.finishReason, unified: 'tool-calls' as const } : finish.finishReason;
    return { content, finishReason, usage: finish.usage, warnings: this.#warnings, ...metadata(finish) };
  }
}

function metadata(part: { providerMetadata?: unknown }): { providerMetadata?: Record<string, never> } {
  return part.providerMetadata === undefined
    ? {}
    : { providerMetadata: part.providerMetadata as Record<string, never> };
}
