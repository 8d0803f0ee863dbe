import { embeddedEngine } from './embedded.ts';
import type { SopsEngine, SopsSurroundings } from './engine.ts';
import { programEngine } from './program.ts';
import { SopsError } from './sops-error.ts';

/**
 * The engine that CHITIN_SOPS names: `embedded`, or `PATH` for the sops program on the PATH; unset, the program when there
 * is one.
 *
 * @param programs whether there is a program of a name on the PATH
 */
export function sopsEngine(
  surroundings: SopsSurroundings,
  env: Readonly<Record<string, string | undefined>>,
  onPath: (program: string) => boolean,
): SopsEngine {
  const choice = env.CHITIN_SOPS;
  if (choice !== undefined && choice !== 'embedded' && choice !== 'PATH') {
    throw new SopsError('program', {
      message: `CHITIN_SOPS is neither "embedded" nor "PATH"`,
      help: 'Unset it: the sops of the PATH is used when there is one, and the embedded implementation otherwise.',
    });
  }
  const there = choice !== 'embedded' && onPath('sops');
  if (choice === 'PATH' && !there) {
    throw new SopsError('program', {
      message: 'CHITIN_SOPS is "PATH", and there is no sops on the PATH',
      help: 'Install sops 3.13 or newer, or set CHITIN_SOPS=embedded.',
    });
  }
  return there ? programEngine(surroundings, env) : embeddedEngine(surroundings);
}
