import { openAgent, openBase } from './assemble.ts';
import { makeChannels } from './channels.ts';
import type { Config } from './config.ts';
import { lockState } from './database.ts';
import { serveStatus } from './http.ts';
import { makeLogger } from './log.ts';

/** Answers until `stop`; resolves with the exit code. */
export async function agent(config: Config, stop: AbortSignal): Promise<number> {
  const log = makeLogger(config.logLevel);
  // The last pod may still be draining.
  const lock = await lockState(config.state, config.shutdownSeconds);
  if (lock === undefined) throw new Error(`another process works on ${config.state}`);
  const base = openBase(config);
  base.metrics.collectProcess();
  const channels = await makeChannels(config, log, base.metrics);
  const { agent, toolboxes } = await openAgent(config, base, channels, log);
  const schedules =
    Object.keys(config.schedules).length === 0
      ? undefined
      : new (await import('./schedule.ts')).Schedules(config.schedules, {
          sink: base.sink,
          inbox: base.bus.inbox,
          cancel: (id) => agent.cancel(id),
          log,
        });
  let unready: string | undefined = 'starting';
  const problems = () => [
    ...channels.flatMap((channel) => {
      const problem = channel.problem();
      return problem === undefined ? [] : [`${channel.kind}: ${problem}`];
    }),
    ...toolboxes.flatMap((toolbox) => toolbox.problems?.() ?? []),
  ];
  const status = await serveStatus(config.http, { ...base, unready: () => unready, problems });
  const daily = setInterval(() => base.forget(), 86_400_000);

  agent.start();
  await Promise.all(channels.map((channel) => channel.start(base.sink)));
  schedules?.start();
  unready = undefined;
  log.info({ agent: config.agent.name, channels: channels.map(({ kind }) => kind), port: status.port }, 'ready');

  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
  unready = 'stopping';
  log.info('draining');
  clearInterval(daily);
  await Promise.all([...channels.map((channel) => channel.stop()), schedules?.stop()]);
  await agent.stop(config.shutdownSeconds);
  await Promise.all([...channels, ...toolboxes].map((part) => part.close?.()));
  await status.close();
  base.database.close();
  lock.release();
  log.info('stopped');
  return 0;
}
