import type { SecretFolder, Wiring } from '../../agent/plan.ts';
import { addressConfig, channelsConfig, reportAddress, spoken } from './channels.ts';
import type { ChitinConfig } from './config-types.ts';
import { skillsFolder, stateFolder, statusPort, workspaceFolder } from './layout.ts';
import { modelsConfig } from './models.ts';
import type { ChitinOptions } from './options.ts';
import { SecretFiles } from './secret-files.ts';
import { toolsConfig } from './tools.ts';

/** Seconds of an orderly stop. */
export function drainSeconds({ drain }: ChitinOptions): number {
  return drain?.toSeconds({ integral: false }) ?? 25;
}

/** `config.json` as the program reads it, and the Secrets that it names. What is left out has the program's default. */
export function configOf(
  options: ChitinOptions,
  wiring: Wiring,
): { readonly config: ChitinConfig; readonly secretFolders: readonly SecretFolder[] } {
  const { instructions, concurrency, budget, queue, linkHosts, logLevel } = options;
  const secrets = new SecretFiles(wiring.agent.name);
  const schedules = Object.entries(options.schedules ?? {}).map(([name, schedule]) => {
    const deliverTo = addressConfig(schedule.deliverTo ?? reportAddress(options, wiring));
    return [name, { ...schedule, deliverTo }] as const;
  });
  const config: ChitinConfig = {
    agent: {
      name: wiring.agent.name,
      ...(instructions === undefined ? {} : { instructions }),
      ...(concurrency === undefined ? {} : { concurrency }),
    },
    state: stateFolder,
    workspace: workspaceFolder,
    // Without skills of the agent's, those of the workspace count.
    ...(wiring.skills.length > 0 ? { skills: skillsFolder } : {}),
    models: modelsConfig(options, wiring, secrets),
    ...(budget ? { budget } : {}),
    ...(queue ? { queue } : {}),
    ...(spoken(wiring).length > 0 ? { channels: channelsConfig(options, wiring, secrets) } : {}),
    tools: toolsConfig(options, wiring, secrets),
    ...(schedules.length > 0 ? { schedules: Object.fromEntries(schedules) } : {}),
    ...(linkHosts ? { outbound: { hosts: linkHosts } } : {}),
    http: { port: statusPort },
    shutdownSeconds: drainSeconds(options),
    ...(logLevel ? { logLevel } : {}),
  };
  return { config, secretFolders: secrets.folders() };
}
