import { generateText, isStepCount, jsonSchema, type StopCondition, type ToolSet, tool } from 'ai';
import { z } from 'zod';
import type { Inbound } from './bus.ts';
import type { Config } from './config.ts';
import type { History } from './history.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type Link, ModelsUnavailable, modelChain } from './models.ts';
import { conversation, systemPrompt } from './prompt.ts';
import { describe, redact } from './secrets.ts';
import type { Toolbox } from './tool.ts';
import { clip, hasUntrusted, untrusted } from './untrusted.ts';

const factSeconds = 10;

export interface RunContext {
  readonly config: Config;
  readonly links: readonly Link[];
  readonly toolboxes: readonly Toolbox[];
  readonly history: History;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface RunResult {
  readonly text: string;
  readonly outcome: 'answered' | 'refused' | 'exhausted' | 'degraded';
  /** Whether the run saw text that is not the operator's. */
  readonly tainted: boolean;
}

/**
 * One message, one answer; bounded in model calls, tokens and time whatever model and tools do.
 * @throws Error only when `signal` stops it
 */
export async function run(message: Inbound, context: RunContext, signal: AbortSignal): Promise<RunResult> {
  const taint = { seen: false };
  const result = await answer(message, context, taint, signal);
  return { ...result, tainted: taint.seen };
}

async function answer(
  message: Inbound,
  context: RunContext,
  taint: { seen: boolean },
  signal: AbortSignal,
): Promise<Omit<RunResult, 'tainted'>> {
  const { config, links, toolboxes, history, metrics, log } = context;
  const { budget } = config;
  const deadline = AbortSignal.timeout(budget.seconds * 1000);
  const bounds = AbortSignal.any([signal, deadline]);
  const spent = { tokens: 0 };
  const tokensSpent: StopCondition<ToolSet> = ({ steps }) => {
    spent.tokens = steps.reduce((sum, { usage }) => sum + (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0), 0);
    return spent.tokens >= budget.tokens;
  };
  const { messages, tainted } = conversation(message, history);
  taint.seen = tainted;
  try {
    const instructions = await systemPrompt(config, toolboxes);
    // The rule about the marks names them without a number.
    taint.seen ||= hasUntrusted(instructions);
    const result = await raced(
      bounds,
      generateText({
        model: modelChain(links, {
          retrySeconds: config.models.retrySeconds,
          idleSeconds: config.models.idleSeconds,
          metrics,
          log,
        }),
        instructions,
        messages,
        tools: bindTools(message, context, taint, bounds),
        stopWhen: [isStepCount(budget.steps), tokensSpent],
        maxOutputTokens: Math.min(budget.tokens, 8192),
        maxRetries: 0,
        abortSignal: bounds,
        // What never reached a tool is an attempt too: a tool that does not exist, arguments of another shape.
        onStepEnd: ({ toolCalls }) => {
          for (const { toolName, input, invalid } of toolCalls) {
            if (invalid !== true) continue;
            const audit = { audit: 'tool', tool: toolName.slice(0, 200), call: message.id, ...audited(input) };
            log.warn({ ...audit, outcome: 'refused' }, 'tool call');
            metrics.toolCalls.inc({ tool: 'none', outcome: 'refused' });
          }
        },
      }),
    );
    const text = result.text.trim();
    if (result.finishReason === 'content-filter')
      return { text: text || 'The model refused to answer.', outcome: 'refused' };
    if (result.finishReason === 'tool-calls' || text === '') {
      const why =
        result.steps.length >= budget.steps
          ? `${budget.steps} steps`
          : spent.tokens >= budget.tokens
            ? `${spent.tokens} tokens`
            : 'an empty answer';
      return { text: [text, `I stopped after ${why}, without a conclusion.`].join('\n').trim(), outcome: 'exhausted' };
    }
    return { text, outcome: 'answered' };
  } catch (error) {
    if (signal.aborted) throw error;
    if (deadline.aborted)
      return { text: `I stopped after ${budget.seconds} s, without a conclusion.`, outcome: 'exhausted' };
    log.error({ err: error, message: message.id }, 'run degraded');
    return { text: await degraded(message, toolboxes, error), outcome: 'degraded' };
  }
}

/** What can be said without a model. */
async function degraded(message: Inbound, toolboxes: readonly Toolbox[], error: unknown): Promise<string> {
  const { data, text } = message;
  const bounds = AbortSignal.timeout(factSeconds * 1000);
  const asked = await Promise.allSettled(
    toolboxes.map((toolbox) => raced(bounds, toolbox.facts?.(message, bounds) ?? Promise.resolve([]))),
  );
  const facts = asked.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  const reasons = error instanceof ModelsUnavailable ? error.reasons : [describe(error)];
  return [
    'No model could be reached.',
    ...reasons.map((reason) => `- ${clip(reason, 300)}`),
    ...(facts.length === 0 ? [] : [`Found without a model:\n${clip(redact(facts.join('\n')), 4000)}`]),
    data === undefined
      ? 'Please send the message again later.'
      : `This arrived, unread:\n${clip(`${text}\n${data}`, 2000)}`,
  ].join('\n');
}

function bindTools(
  message: Inbound,
  { config, toolboxes, metrics, log }: RunContext,
  taint: { seen: boolean },
  signal: AbortSignal,
): ToolSet {
  const set: ToolSet = {};
  let calls = 0;
  for (const one of toolboxes.flatMap((box) => box.tools())) {
    set[one.name] = tool({
      description: one.description,
      inputSchema: one.input instanceof z.ZodType ? one.input : jsonSchema(one.input.jsonSchema),
      execute: async (input: unknown) => {
        calls += 1;
        const idempotencyKey = `${message.id}/${calls}`;
        const audit = {
          audit: 'tool',
          tool: one.name,
          call: idempotencyKey,
          ...audited(input),
        };
        const bounds = AbortSignal.any([signal, AbortSignal.timeout(config.budget.toolSeconds * 1000)]);
        try {
          const output = await raced(
            bounds,
            one.run(input, { message, idempotencyKey, tainted: taint.seen, signal: bounds }),
          );
          log.info({ ...audit, outcome: 'done', outputSize: output.length }, 'tool call');
          metrics.toolCalls.inc({ tool: one.name, outcome: 'done' });
          if (one.source !== undefined) taint.seen = true;
          const text = clip(redact(output), config.budget.toolOutput);
          return one.source === undefined ? text : untrusted(one.source, text);
        } catch (error) {
          if (signal.aborted) throw error;
          log.warn({ ...audit, outcome: 'failed', err: error }, 'tool call');
          metrics.toolCalls.inc({ tool: one.name, outcome: 'failed' });
          const text = clip(`failed: ${describe(error)}`, config.budget.toolOutput);
          if (one.source !== undefined) taint.seen = true;
          return one.source === undefined ? text : untrusted(one.source, text);
        }
      },
    });
  }
  return set;
}

/** Of the arguments, what may be in a log: without credentials, and with their whole size where they are long. */
function audited(input: unknown): { input: string; inputSize: number } {
  const text = typeof input === 'string' ? input : (JSON.stringify(input) ?? '');
  return { input: clip(redact(text), 2000), inputSize: text.length };
}

/** Whatever ignores the signal is left behind: a run ends in time. */
async function raced<T>(signal: AbortSignal, work: PromiseLike<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const settled = Promise.resolve(work);
  settled.catch(() => {});
  try {
    return await Promise.race([settled, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
