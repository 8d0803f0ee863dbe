import type { GitOpsEngine } from './engine.ts';

/** No GitOps engine: a person or a pipeline applies `dist/<cluster>` with kubectl. Nothing is pruned, ever. */
export function none(): GitOpsEngine {
  return { annotations: () => ({}), objects: () => [] };
}
