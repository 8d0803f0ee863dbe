#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache();

const { Command } = await import('commander');

const program = new Command('chitin')
  .description('Typed, hardened shells for AI agents on Kubernetes, the GitOps way')
  .exitOverride()
  .showHelpAfterError('(--help shows how)');

const { synthCommand } = await import('./synth/command.ts');
program.addCommand(synthCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  if ('exitCode' in error && error.name === 'CommanderError') {
    // Commander's own: help and version end well, everything else is wrong use.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (process.env.CHITIN_DEBUG) {
    throw error;
  } else {
    console.error(`chitin: ${error.message}\n(CHITIN_DEBUG=1 shows the stack)`);
    process.exitCode = 2;
  }
}
