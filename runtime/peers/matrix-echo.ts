/**
 * The Matrix channel and the message store in a process of its own, which says again whatever it hears.
 * `node peers/matrix-echo.ts CONFIG`: CONFIG is a JSON file with `state` and `matrix`.
 */
import { readFileSync } from 'node:fs';
import { SqliteBus } from '../src/bus-sqlite.ts';
import { MatrixChannel } from '../src/channel-matrix.ts';
import { openDatabase } from '../src/database.ts';
import { deliver } from '../src/deliver.ts';
import { makeLogger } from '../src/log.ts';
import type { MatrixConfig } from '../src/matrix-account.ts';
import { Metrics } from '../src/metrics.ts';
import { describe } from '../src/secrets.ts';

const { state, matrix } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  state: string;
  matrix: MatrixConfig;
};
const log = makeLogger('info');
const metrics = new Metrics();
const limits = { high: 1000, low: 500, tries: 5, sendTries: 300, retentionDays: 14, leaseSeconds: 60 };
const bus = new SqliteBus(openDatabase(state), limits);
bus.recover();
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
try {
  const channel = new MatrixChannel(matrix, state, log, metrics);
  const delivery = deliver(channel, { bus, metrics, log }, stop.signal, stop.signal);
  await channel.start((message) => bus.inbox.put(message));
  log.info('ready');
  while (!stop.signal.aborted) {
    const claim = await bus.inbox.claim();
    if (claim === undefined) await bus.inbox.ready(stop.signal);
    else
      await bus.complete(claim, [
        { key: `${claim.id}/1`, ...claim.message.replyTo, text: `you said: ${claim.message.text}` },
      ]);
  }
  await channel.stop();
  await delivery;
  log.info({ problem: channel.problem() }, 'stopped');
} catch (error) {
  log.error({ refused: describe(error) }, 'refused');
  process.exitCode = 1;
}
setImmediate(() => process.exit());
