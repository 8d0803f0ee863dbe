import type { ApiObjectProps } from 'cdk8s';
import type { ClusterFacts } from '../facts.ts';
import type { Finding, Problem } from '../problem.ts';
import type { Reason } from '../reason.ts';
import type { Fence } from './flow.ts';

/** Turns fences into the policy objects that the cluster's network plugin enforces. */
export interface NetworkEngine {
  /** Whether a policy can name hosts. When it cannot, a host's declared addresses are used. */
  readonly matchesHostNames: boolean;
  objects(
    fence: Fence,
    cluster: ClusterFacts,
  ): {
    readonly objects: readonly ApiObjectProps[];
    /** Rules that no flow stands for, such as the way to the name servers. */
    readonly implied?: readonly Reason[] | undefined;
    readonly findings: readonly Finding[];
    readonly problems: readonly Problem[];
  };
}
