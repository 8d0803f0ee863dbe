import type { Grant } from './grant.ts';
import { readClusterRules } from './read-cluster-rules.ts';

/** Read-only view of workloads, events, logs, storage and Flux objects in every namespace; no Secrets, no ConfigMaps, no exec. */
export const readCluster: Grant = { name: 'read-cluster', scope: 'cluster', rules: readClusterRules };
