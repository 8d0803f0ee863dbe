import type { Minor } from './facts.ts';

/** Levels of the Pod Security Standards, strictest first. */
export const podSecurityLevels = ['restricted', 'baseline', 'privileged'] as const;

/** A level of the Pod Security Standards. */
export type PodSecurityLevel = (typeof podSecurityLevels)[number];

/** The levels that a namespace of level `L` admits. */
export type AdmittedBy<L extends PodSecurityLevel> = L extends 'restricted'
  ? 'restricted'
  : L extends 'baseline'
    ? 'restricted' | 'baseline'
    : PodSecurityLevel;

/** Whether a namespace at `namespace` admits a pod that needs `needed`. */
export function admits(namespace: PodSecurityLevel, needed: PodSecurityLevel): boolean {
  return podSecurityLevels.indexOf(needed) <= podSecurityLevels.indexOf(namespace);
}

/** Labels that make Pod Security admission enforce a level, pinned to the cluster's minor so that an upgrade changes nothing silently. */
export function podSecurityLabels(level: PodSecurityLevel, kubernetes: Minor): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const mode of ['enforce', 'audit', 'warn']) {
    labels[`pod-security.kubernetes.io/${mode}`] = level;
    labels[`pod-security.kubernetes.io/${mode}-version`] = `v${kubernetes}`;
  }
  return labels;
}
