import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The process's own numbers. One registry per process; tests make their own. */
export class Metrics {
  readonly registry = new Registry();
  readonly received = this.#counter('chitin_messages_received_total', 'Messages from channels', ['channel', 'outcome']);
  readonly runs = this.#counter('chitin_runs_total', 'Runs of the agent', ['outcome']);
  readonly sent = this.#counter('chitin_messages_sent_total', 'Deliveries to channels', ['channel', 'outcome']);
  readonly modelCalls = this.#counter('chitin_model_calls_total', 'Calls of models', ['provider', 'model', 'outcome']);
  readonly tokens = this.#counter('chitin_model_tokens_total', 'Tokens of models', ['provider', 'model', 'direction']);
  readonly cost = this.#counter('chitin_model_cost_dollars_total', 'Cost by the configured prices', [
    'provider',
    'model',
  ]);
  readonly toolCalls = this.#counter('chitin_tool_calls_total', 'Calls of tools', ['tool', 'outcome']);
  readonly seconds = new Histogram({
    name: 'chitin_run_seconds',
    help: 'Time of one run',
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900],
    registers: [this.registry],
  });
  readonly depth = new Gauge({
    name: 'chitin_queue_depth',
    help: 'Messages in a queue',
    labelNames: ['queue', 'state'],
    registers: [this.registry],
  });
  readonly degraded = new Gauge({
    name: 'chitin_degraded',
    help: '1 while no model answers',
    registers: [this.registry],
  });

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** CPU, memory and event loop of the process. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }
}
