import type { Size } from 'cdk8s';
import type { IAffinity } from 'kubernetes-models/v1/Affinity';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements';
import type { IToleration } from 'kubernetes-models/v1/Toleration';
import type { ITopologySpreadConstraint } from 'kubernetes-models/v1/TopologySpreadConstraint';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { ChannelKind, ChannelOf } from '../channels/channel.ts';
import type { Credential } from '../credentials/credential.ts';
import type { Loose } from '../manifest.ts';
import type { ModelRoute } from '../models/route.ts';
import type { AdmittedBy, PodSecurityLevel } from '../pod-security.ts';
import type { SecretRef } from '../secrets/secret.ts';
import type { Seed } from '../seeds/seed.ts';
import type { Tool } from '../tools/tool.ts';
import type { AgentVolume } from '../volumes/volume.ts';
import type { Runtime } from './plan.ts';

/** What an agent is made of. Everything else (secrets, fence, probes, ports, configuration, routes) is derived. */
export interface AgentProps<C extends ChannelKind, L extends PodSecurityLevel> extends PodOverrides {
  /** The program in the pod. */
  readonly runtime: Runtime<C>;
  /** Which model answers. */
  readonly model: ModelRoute;
  /** Chat and webhook connections, of kinds that the runtime speaks. */
  readonly channels?: readonly ChannelOf<NoInfer<C>>[] | undefined;
  /** MCP servers, of levels that the app's namespace admits. */
  readonly tools?: readonly Tool<AdmittedBy<L>>[] | undefined;
  /** Names of folders in the cluster's skills folder. */
  readonly skills?: readonly string[] | undefined;
  /** Workspace files that are refreshed at every start. */
  readonly seed?: Seed | undefined;
  /** Secrets that the program reads as files. */
  readonly credentials?: readonly Credential[] | undefined;
  /**
   * Size of the first state volume. Growing it is an edit; shrinking is refused by the API server.
   * @default what the runtime asks for
   */
  readonly storage?: Size | undefined;
  /**
   * What becomes of the state when the agent is removed from the source. `Delete` lets the GitOps engine prune its claims
   * with everything else, and what becomes of the data is up to the StorageClass.
   * @default 'Retain': the claims are protected, and yours to delete
   */
  readonly reclaim?: 'Retain' | 'Delete' | undefined;
  /**
   * Let the StatefulSet make the claims, as `<volume>-<agent>-0`. A template can never be changed again, so growing the
   * storage means to delete the StatefulSet and keep its pods.
   * @default false: claims of their own, `<agent>-<volume>`, protected from pruning, which grow by an edit
   */
  readonly volumeClaimTemplates?: boolean | undefined;
}

/** Escape hatches: what the constructs do not express goes into the pod as it is. `agent.statefulSet` takes JSON patches for the rest. */
export interface PodOverrides {
  /** Environment of the program, over what the runtime sets. */
  readonly env?: Readonly<Record<string, string | SecretRef>> | undefined;
  /** Volumes that are not the program's own state, and where it sees them: `nfs()`, `existingClaim()`, or any as it stands. */
  readonly volumes?: readonly (AgentVolume | ExtraVolume)[] | undefined;
  /** Containers beside the program. They share its network and its fence; their images go through the cluster's mirrors. */
  readonly containers?: readonly Loose<IContainer>[] | undefined;
  /** Resources of the program, instead of the runtime's. */
  readonly resources?: Loose<IResourceRequirements> | undefined;
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
  readonly tolerations?: readonly Loose<IToleration>[] | undefined;
  /** Which nodes, such as `nodes({ with: { disk: 'ssd' }, without: ['gpu'] })`. */
  readonly affinity?: Loose<IAffinity> | undefined;
  readonly topologySpreadConstraints?: readonly Loose<ITopologySpreadConstraint>[] | undefined;
  /** RuntimeClass of the pod, such as one of gVisor or Kata. */
  readonly runtimeClassName?: string | undefined;
  readonly priorityClassName?: string | undefined;
}

/** A volume that the constructs do not express, and where the program sees it. */
export interface ExtraVolume {
  readonly volume: Loose<IVolume>;
  readonly mountPath: string;
  /** @default true */
  readonly readOnly?: boolean | undefined;
}
