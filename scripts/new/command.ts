import { Command } from 'commander';

/**
 * `chitin new`.
 *
 * @param program whose settings its own commands have too
 */
export function newCommand(program: Command): Command {
  const command = new Command('new')
    .copyInheritedSettings(program)
    .description('Make the first files of a cluster, an app or a skill. No file is overwritten.');
  const cluster = new Command('cluster')
    .description('Make clusters/<name>/cluster.ts, and what a repository needs around it.')
    .argument('<name>', 'folder below clusters and dist, such as lab')
    .addHelpText('after', '\nExample:\n  chitin new cluster lab\n')
    .action(async (name: string) => (await import('./new.ts')).newCluster(name));
  const app = new Command('app')
    .description('Make apps/<name>/<name>.ts: an agent with a namespace of its own.')
    .argument('<name>', 'name of the app, its agent and its namespace, such as helper')
    .option('--cluster <cluster...>', 'clusters to put it on, by two lines in each cluster.ts')
    .addHelpText('after', '\nExample:\n  chitin new app helper --cluster lab\n')
    .action(async (name: string, flags: { cluster?: string[] }) =>
      (await import('./new.ts')).newApp(name, flags.cluster ?? []),
    );
  const skill = new Command('skill')
    .description('Make skills/<name>/SKILL.md, in the format of agentskills.io.')
    .argument('<name>', 'folder below skills, such as read-logs')
    .addHelpText('after', '\nExample:\n  chitin new skill read-logs\n')
    .action(async (name: string) => (await import('./new.ts')).newSkill(name));
  for (const each of [cluster, app, skill]) command.addCommand(each.copyInheritedSettings(command));
  return command;
}
