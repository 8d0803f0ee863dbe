import type { IAffinity } from 'kubernetes-models/v1/Affinity';
import type { Loose } from '../manifest.ts';

/**
 * Nodes that have these labels and not those, as the `affinity` of an agent:
 * `nodes({ with: { 'node-availability': '24x7' }, without: ['nvidia.com/gpu.present'] })`.
 *
 * @param options.with label to the value that a node must have, or the values of which it must have one
 * @param options.without labels that a node must not have at all
 */
export function nodes(options: {
  readonly with?: Readonly<Record<string, string | readonly string[]>>;
  readonly without?: readonly string[];
}): Loose<IAffinity> {
  const matchExpressions = [
    ...Object.entries(options.with ?? {}).map(([key, values]) => ({
      key,
      operator: 'In' as const,
      values: typeof values === 'string' ? [values] : values,
    })),
    ...(options.without ?? []).map((key) => ({ key, operator: 'DoesNotExist' as const })),
  ];
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  };
}
