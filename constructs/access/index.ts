export type { AccessRule, Grant } from './grant.ts';
export { readCluster } from './read-cluster.ts';
