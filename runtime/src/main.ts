import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import type { Config } from './config.ts';

enableCompileCache();

const usage = `usage: node src/main.ts ROLE [--config FILE]
  agent                     answers messages until SIGTERM
  channel                   hears and speaks for an agent that is another process, and has no model
  chat                      talks with the agent on the command line
  seed [FROM]               fills the workspace from a folder, /seed by default
  deadletters list|replay   what was given up
  config [channel]          says what is wrong with the configuration (of that role), and does nothing else

--config, or the variable CHITIN_CONFIG, names the configuration file.
`;

const stop = new AbortController();

// Each role loads its own modules only.
async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { config: { type: 'string' }, all: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [role, ...rest] = positionals;
  const file = (): string => {
    const file = values.config ?? process.env.CHITIN_CONFIG;
    if (file === undefined) throw new Error('no configuration: give --config FILE or set CHITIN_CONFIG');
    return file;
  };
  const config = async (): Promise<Config> => (await import('./config.ts')).loadConfig(file());
  const channelConfig = async () => (await import('./config-channel.ts')).loadChannelConfig(file());
  switch (role) {
    case 'agent':
      return (await import('./role-agent.ts')).agent(await config(), stop.signal);
    case 'channel':
      return (await import('./role-channel.ts')).channel(await channelConfig(), stop.signal);
    case 'chat':
      return (await import('./role-chat.ts')).chat(await config(), stop.signal);
    case 'deadletters':
      return (await import('./role-deadletters.ts')).deadletters(await config(), [
        ...rest,
        ...(values.all ? ['--all'] : []),
      ]);
    case 'config':
      await (rest[0] === 'channel' ? channelConfig() : config());
      return 0;
    case 'seed':
      return (await import('./seed.ts')).seed(await config(), rest[0]);
    default:
      process.stderr.write(usage);
      return 2;
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { describe } = await import('./secrets.ts');
  const text = error instanceof Error && error.name === 'ConfigError' ? error.message : describe(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
// What a library left open does not keep the pod from ending.
setImmediate(() => process.exit());
