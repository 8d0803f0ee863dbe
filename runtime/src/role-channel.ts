import { once } from 'node:events';
import { makeChannels } from './channels.ts';
import type { ChannelConfig } from './config-channel.ts';
import { lockState } from './database.ts';
import { serveStatus } from './http.ts';
import { makeLogger } from './log.ts';
import { Metrics } from './metrics.ts';
import { RemoteAgent } from './remote-agent.ts';

/**
 * Hears and speaks for an agent that is another process, until `stop`; resolves with the exit code. What the agent has not
 * stored is not acknowledged to the service. In a pod it is a sidecar that ends after the agent, so that the last answers
 * leave; otherwise they leave after the next start.
 */
export async function channel(config: ChannelConfig, stop: AbortSignal): Promise<number> {
  const log = makeLogger(config.logLevel);
  // The last process may still be ending.
  const lock = await lockState(config.state, config.shutdownSeconds);
  if (lock === undefined) throw new Error(`another process works on ${config.state}`);
  const metrics = new Metrics();
  metrics.collectProcess();
  const channels = await makeChannels(config, log, metrics);
  const agents = channels.map((channel) => new RemoteAgent(channel, config.agent, log, metrics));
  let unready: string | undefined = 'starting';
  const problems = () => agents.flatMap((agent) => agent.problems());
  const status = await serveStatus(config.http, { metrics, unready: () => unready, problems });

  await Promise.all(agents.map((agent) => agent.start()));
  unready = undefined;
  log.info({ channels: channels.map(({ kind }) => kind), port: status.port }, 'ready');

  if (!stop.aborted) await once(stop, 'abort');
  unready = 'stopping';
  await Promise.all(agents.map((agent) => agent.stop()));
  await status.close();
  lock.release();
  log.info('stopped');
  return 0;
}
