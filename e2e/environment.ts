import { spawnSync } from 'node:child_process';

/** Why a test cannot run here, said aloud once; undefined when it can. */
export function missing(needs: {
  readonly kubeconfig?: true;
  readonly programs?: readonly string[];
  readonly env?: readonly string[];
}): string | undefined {
  const lacks = [
    ...(needs.kubeconfig && !process.env.KUBECONFIG ? ['KUBECONFIG is not set'] : []),
    ...(needs.programs ?? []).filter((program) => !onPath(program)).map((program) => `${program} is not on the PATH`),
    ...(needs.env ?? []).filter((name) => !process.env[name]).map((name) => `${name} is not set`),
  ];
  return lacks.length > 0 ? lacks.join(', ') : undefined;
}

function onPath(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', program]).status === 0;
}

/** Prints why a test file is skipped, since a skip in silence looks like a pass. */
export function announceSkip(what: string, reason: string | undefined): void {
  if (reason) console.warn(`skipped: ${what}: ${reason}`);
}
