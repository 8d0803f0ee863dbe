export type { AccessLimit, AccessRule, Grant } from './grant.ts';
export { cordonNodes, operate } from './operate.ts';
export type { ReasonedGrant } from './rbac.ts';
export { readCluster } from './read-cluster.ts';
export { startJobs } from './start-jobs.ts';
