import { openAgent, openBase } from './assemble.ts';
import { CliChannel } from './channel-cli.ts';
import type { Config } from './config.ts';
import { lockState } from './database.ts';
import { deliver } from './deliver.ts';
import { makeLogger } from './log.ts';

/** Talks with the agent that works on the state; with one of its own, without the other channels, when none does. */
export async function chat(config: Config, stop: AbortSignal): Promise<number> {
  const log = makeLogger(config.logLevel === 'info' ? 'error' : config.logLevel, process.stderr);
  const lock = await lockState(config.state, 0);
  const base = openBase(config);
  const cli = new CliChannel(process.stdin, process.stdout, process.stdin.isTTY ? '> ' : '');
  const own = lock === undefined ? undefined : await openAgent(config, base, [cli], log);
  const ended = new AbortController();
  const delivery = own === undefined ? deliver(cli, { ...base, log }, ended.signal, stop) : undefined;
  own?.agent.start();
  await cli.start(base.sink);
  await cli.finished(stop);
  await cli.stop();
  ended.abort();
  await delivery;
  await own?.agent.stop(stop.aborted ? 1 : config.shutdownSeconds);
  await Promise.all(own?.toolboxes.map((toolbox) => toolbox.close?.()) ?? []);
  base.database.close();
  lock?.release();
  return 0;
}
