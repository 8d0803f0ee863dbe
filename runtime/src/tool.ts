import type { z } from 'zod';
import type { Inbound } from './bus.ts';

/** Something that the model may call. */
export interface Tool<I = unknown> {
  readonly name: string;
  readonly description: string;
  /** A zod schema, or JSON Schema as an MCP server gives it. */
  readonly input: z.ZodType<I> | { readonly jsonSchema: object };
  /** Where the result comes from when it is not the operator's or the program's own: it is marked as data. */
  readonly source?: string;
  /** @throws Error whose message the model may read */
  run(input: I, context: ToolContext): Promise<string>;
}

/** A tool among others: the schema vouches for the type of the input. */
export function defineTool<I>(tool: Tool<I>): Tool {
  return tool as unknown as Tool;
}

export interface ToolContext {
  readonly message: Inbound;
  /** `<id of the message>/<number of the call>`: the same call of a repeated run, for what must not happen twice. */
  readonly idempotencyKey: string;
  /** Whether the run has seen text that is not the operator's. */
  readonly tainted: boolean;
  readonly signal: AbortSignal;
}

/** Tools that come and go, and what they add to the prompt; made once per process. */
export interface Toolbox {
  /** As of now; asked at the start of each run. */
  tools(): readonly Tool[];
  /** What the model should know from the start. @default nothing */
  prompt?(): Promise<string>;
  /** What can be said about a message without a model, when none answers. @default nothing */
  facts?(message: Inbound, signal: AbortSignal): Promise<readonly string[]>;
  /** What is wrong with it, for `/readyz` and the log; it does not keep the agent from answering. @default nothing */
  problems?(): readonly string[];
  close?(): Promise<void>;
}
