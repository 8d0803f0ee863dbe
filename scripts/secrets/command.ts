import { Command } from 'commander';
import { adoptCommand } from './commands/adopt.ts';
import { certCommand } from './commands/cert.ts';
import { editCommand } from './commands/edit.ts';
import { generateCommand } from './commands/generate.ts';
import { listCommand } from './commands/list.ts';
import { removeCommand } from './commands/remove.ts';
import { rotateCommand } from './commands/rotate.ts';
import { scanCommand } from './commands/scan.ts';
import { setCommand } from './commands/set.ts';
import { showCommand } from './commands/show.ts';
import { verifyCommand } from './commands/verify.ts';

/**
 * `chitin secrets`.
 *
 * @param program whose settings its own commands have too
 */
export function secretsCommand(program: Command): Command {
  const command = new Command('secrets')
    .copyInheritedSettings(program)
    .description(
      'Values of secrets: only ciphertext in Git, and a proof without a private key that nothing is missing.',
    );
  const commands = [
    listCommand(),
    setCommand(),
    generateCommand(),
    removeCommand(),
    verifyCommand(),
    rotateCommand(),
    adoptCommand(),
    certCommand(),
    editCommand(),
    showCommand(),
    scanCommand(),
  ];
  // Each says itself what it does with arguments that do not belong there.
  for (const each of commands) command.addCommand(each.exitOverride().showHelpAfterError('(--help shows how)'));
  return command;
}
