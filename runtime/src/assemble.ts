import type { DatabaseSync } from 'node:sqlite';
import { Agent } from './agent.ts';
import { SqliteBus } from './bus-sqlite.ts';
import type { Channel, Sink } from './channel.ts';
import type { Config } from './config.ts';
import { openDatabase } from './database.ts';
import { History } from './history.ts';
import type { Logger } from './log.ts';
import { Metrics } from './metrics.ts';
import { connectModels } from './models.ts';
import type { Toolbox } from './tool.ts';
import { openToolboxes } from './toolboxes.ts';

/** What every role that works on messages has. */
export interface Base {
  readonly database: DatabaseSync;
  readonly bus: SqliteBus;
  readonly metrics: Metrics;
  readonly sink: Sink;
  readonly history: History;
  /** Drops what is older than the retention. */
  forget(): void;
}

export function openBase(config: Config): Base {
  const database = openDatabase(config.state);
  const { queue, budget } = config;
  const bus = new SqliteBus(database, { ...queue, leaseSeconds: budget.seconds + 120 });
  const metrics = new Metrics();
  const sink: Sink = async (message) => {
    const outcome = await bus.inbox.put(message);
    metrics.received.inc({ channel: message.channel, outcome });
    return outcome;
  };
  const history = new History(database);
  const forget = () => {
    bus.forget();
    history.forget(Date.now() - queue.retentionDays * 86_400_000);
  };
  return { database, bus, metrics, sink, history, forget };
}

/** The part with a model: for the process that holds the lock of the state. */
export async function openAgent(
  config: Config,
  { bus, metrics, history, forget }: Base,
  channels: readonly Channel[],
  log: Logger,
): Promise<{ agent: Agent; toolboxes: Toolbox[] }> {
  bus.recover();
  forget();
  const [links, toolboxes] = await Promise.all([connectModels(config.models), openToolboxes(config, log)]);
  const agent = new Agent({ config, links, toolboxes, channels, bus, metrics, log, history });
  return { agent, toolboxes };
}
