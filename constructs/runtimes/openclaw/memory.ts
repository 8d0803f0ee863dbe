import { Size } from 'cdk8s';
import type { Wiring } from '../../agent/plan.ts';
import type { Problem } from '../../problem.ts';
import type { OpenClawOptions } from './options.ts';

/** Idle 2026.9.6 takes 0.9 to 1.1 GB, and its two helper processes 170 MB more; with less it does not come up. */
const least = Size.mebibytes(1536);

/** Memory limit without the author's. */
export const usualMemory = Size.gibibytes(3);

/** In bytes; undefined for an agent whose author set resources without a limit. */
function limitOf({ memory }: OpenClawOptions, { resources }: Wiring): number | undefined {
  if (!resources) return (memory ?? usualMemory).toKibibytes() * 1024;
  const limit = resources.limits?.memory;
  return limit === undefined ? undefined : bytesOf(String(limit));
}

/** Three quarters of the limit for Node's heap, so that it collects before the kernel kills. */
export function nodeOptions(options: OpenClawOptions, wiring: Wiring): Readonly<Record<string, string>> {
  const limit = limitOf(options, wiring);
  if (limit === undefined) return {};
  return { NODE_OPTIONS: `--max-old-space-size=${Math.floor((limit * 0.75) / 1024 ** 2)}` };
}

export function memoryProblems(options: OpenClawOptions, wiring: Wiring): Problem[] {
  const limit = limitOf(options, wiring);
  if (limit === undefined || limit >= least.toKibibytes() * 1024) return [];
  return [
    {
      message: `runtime openclaw: a memory limit of ${Math.floor(limit / 1024 ** 2)} MiB`,
      why: 'OpenClaw alone takes 1.1 GB, with 170 MB for its helpers: the kernel would kill it at its start.',
      help: `Give it ${least.toMebibytes()} MiB or more.`,
    },
  ];
}

/** Factors of Kubernetes' quantities (apimachinery, resource/suffix.go), as far as memory is written with them. */
const factors: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
};

/** Undefined for what is no quantity, which the API server refuses. */
function bytesOf(quantity: string): number | undefined {
  const [, number = '', suffix = ''] = /^(\d+(?:\.\d+)?)([kMGT]|[KMGT]i)?$/.exec(quantity) ?? [];
  const factor = factors[suffix];
  return number === '' || factor === undefined ? undefined : Number(number) * factor;
}
