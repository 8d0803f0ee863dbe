#!/usr/bin/env node
import module from 'node:module';

if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(
    `chitin: this is Node ${process.versions.node}, and chitin needs Node 24 or newer, which runs TypeScript as it stands. https://nodejs.org has one.`,
  );
  process.exit(2);
}
module.enableCompileCache();

const { Command, CommanderError } = await import('commander');
const { UsageError } = await import('./usage-error.ts');
const { version } = await import('./own-package.ts');

const program = new Command('chitin')
  .description('Typed, hardened shells for AI agents on Kubernetes, the GitOps way')
  .version(version)
  .exitOverride()
  .showHelpAfterError('(--help shows how)');

const { synthCommand } = await import('./synth/command.ts');
const { explainCommand } = await import('./explain/command.ts');
const { newCommand } = await import('./new/command.ts');
const { secretsCommand } = await import('./secrets/command.ts');
for (const command of [synthCommand(), explainCommand(), newCommand(program), secretsCommand(program)])
  program.addCommand(command.copyInheritedSettings(program));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 2;
  if (error instanceof CommanderError) {
    // Help and version end well; everything else was told already.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof UsageError) {
    console.error(`chitin: ${error.message}`);
  } else if (process.env.CHITIN_DEBUG) {
    throw error;
  } else {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`chitin: ${message}\nThis is a defect of chitin. CHITIN_DEBUG=1 shows where.`);
  }
}
