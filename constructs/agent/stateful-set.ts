import type { IStatefulSetSpec } from 'kubernetes-models/apps/v1/StatefulSetSpec';
import type { IPersistentVolumeClaimSpec } from 'kubernetes-models/v1/PersistentVolumeClaimSpec';
import { type Loose, selectorLabels } from '../manifest.ts';
import type { Source } from '../origin.ts';
import type { Reasons } from '../reason.ts';
import { pullSecretNames } from '../secrets/pull-secret.ts';
import { agentChecksums } from './checksums.ts';
import { quantity } from './container.ts';
import type { AgentObjects } from './objects.ts';
import type { StateVolume } from './plan.ts';
import { agentPod } from './pod.ts';
import { podSecretReasons } from './secret-reasons.ts';
import type { WiredAgent } from './wire.ts';

/** The StatefulSet's spec. */
export function statefulSetSpec({ agent, skills, secretChecksums }: AgentObjects): Loose<IStatefulSetSpec> {
  return {
    replicas: 1,
    serviceName: `${agent.name}-headless`,
    // With the default order a broken pod is never replaced by the commit that mends it.
    podManagementPolicy: 'Parallel',
    revisionHistoryLimit: 5,
    selector: { matchLabels: selectorLabels(agent.app, agent.name) },
    template: agentPod(agent, skills, agentChecksums(agent, secretChecksums)).template,
    ...(agent.props.volumeClaimTemplates
      ? {
          persistentVolumeClaimRetentionPolicy: { whenDeleted: agent.props.reclaim ?? 'Retain', whenScaled: 'Retain' },
          volumeClaimTemplates: agent.plan.state.map((volume) => ({
            metadata: { name: volume.name },
            spec: claimSpec(agent, volume),
          })),
        }
      : {}),
  };
}

/**
 * Why the StatefulSet is there, and what is in its pod.
 *
 * @param ofCluster the author's line that makes the cluster
 */
export function statefulSetReasons({ agent, skills, secrets }: AgentObjects, ofCluster: Source | undefined): Reasons {
  const { props, plan, cluster } = agent;
  const options = [
    'env',
    'resources',
    'nodeSelector',
    'tolerations',
    'affinity',
    'topologySpreadConstraints',
    'runtimeClassName',
    'priorityClassName',
  ] as const;
  return {
    purpose: `pod of agent ${agent.name}`,
    parts: [
      ...agentPod(agent, skills, {}).reasons,
      ...(props.volumeClaimTemplates ? plan.state : []).map(({ name }) => ({
        what: `claim ${name}`,
        because: `state of runtime ${props.runtime.name}, option volumeClaimTemplates`,
      })),
      ...podSecretReasons(agent),
      ...pullSecretNames(agent.name, cluster.images).map((name) => ({
        what: `pull secret ${name}`,
        because: `images of cluster ${cluster.name}`,
        source: ofCluster,
      })),
      ...options
        .filter((option) => props[option] !== undefined)
        .map((option) => ({ what: option, because: `option ${option}` })),
    ],
    // Of a Secret that something else makes, nothing but the pod tells.
    findings: [...agent.findings, ...secrets.flatMap(({ objects, findings }) => (objects.length > 0 ? [] : findings))],
  };
}

/** The agent's `storage` is the size of its first volume. */
export function claimSpec(
  { plan, props, cluster }: WiredAgent,
  volume: StateVolume,
): Loose<IPersistentVolumeClaimSpec> {
  const size = volume === plan.state[0] ? (props.storage ?? volume.size) : volume.size;
  return {
    accessModes: ['ReadWriteOnce'],
    storageClassName: cluster.storageClass,
    resources: { requests: { storage: quantity(size) } },
  };
}
