import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { KubeObject } from '../../scripts/manifest/manifest.ts';

/** A pod in a file of this folder that exactly one policy of the library refuses, and what it says. */
export interface RefusedPod {
  readonly file: string;
  readonly policy: string;
  readonly message: string;
}

const token =
  'every container of the pod would be given a token for the API server. Set automountServiceAccountToken to false in the pod spec; mount a projected serviceAccountToken into the container that needs one.';

export const refusedPods: readonly RefusedPod[] = [
  {
    file: 'read-only-root-filesystem.yaml',
    policy: 'chitin-read-only-root-filesystem',
    message:
      'containers with a writable root filesystem: unsaid, unsaid-among-others, writable. Set securityContext.readOnlyRootFilesystem to true, and mount a volume where the program writes.',
  },
  {
    file: 'versioned-images.yaml',
    policy: 'chitin-versioned-images',
    message:
      'images without a version: container latest (registry.example.test/prepare:latest), container port-is-no-tag (registry.example.test:5000/app), volume files (registry.example.test/files), volume more-files (registry.example.test/files:latest). Give each a digest, or a tag other than latest.',
  },
  { file: 'no-automounted-token-unsaid.yaml', policy: 'chitin-no-automounted-token', message: token },
  { file: 'no-automounted-token-mounted.yaml', policy: 'chitin-no-automounted-token', message: token },
  {
    file: 'stated-resources-cpu.yaml',
    policy: 'chitin-stated-resources',
    message:
      'containers without a cpu request: memory-alone, limit-alone. Set resources.requests.cpu: without it they get no share of a busy node.',
  },
  {
    file: 'stated-resources-memory.yaml',
    policy: 'chitin-stated-resources',
    message:
      'containers without a memory limit: requests-alone, cpu-limit. Set resources.limits.memory: without it one leak takes the memory of the whole node.',
  },
  {
    file: 'volume-kinds.yaml',
    policy: 'chitin-volume-kinds',
    message:
      'volumes of a kind that is not allowed here: node, driver, claim-of-its-own. Use one of configMap, secret, emptyDir, projected, persistentVolumeClaim, image.',
  },
];

/** A pod that no policy refuses. */
export const acceptedPod = 'accepted.yaml';

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'] as const;

export type WorkloadKind = (typeof workloadKinds)[number];

/** The pod of a file, in a namespace. */
export function podIn(namespace: string, file: string): KubeObject {
  const pod = load(readFileSync(join(import.meta.dirname, file), 'utf8')) as KubeObject;
  return { ...pod, metadata: { ...pod.metadata, namespace } };
}

/** A workload with the same name and namespace that makes such pods. */
export function workloadOf(kind: WorkloadKind, { metadata, spec }: KubeObject): KubeObject {
  const labels = { app: metadata.name };
  const restartPolicy = kind === 'Job' || kind === 'CronJob' ? { restartPolicy: 'Never' } : {};
  const template = { metadata: { labels }, spec: { ...(spec as object), ...restartPolicy } };
  if (kind === 'Job') return { apiVersion: 'batch/v1', kind, metadata, spec: { template } };
  if (kind === 'CronJob') {
    const jobTemplate = { spec: { template } };
    return { apiVersion: 'batch/v1', kind, metadata, spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate } };
  }
  const replicas = kind === 'DaemonSet' ? {} : { replicas: 0 };
  const selector = { matchLabels: labels };
  return { apiVersion: 'apps/v1', kind, metadata, spec: { ...replicas, selector, template } };
}
