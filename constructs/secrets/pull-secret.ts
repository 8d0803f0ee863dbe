import type { ImageRules } from '../facts.ts';
import type { SecretNeed } from './secret.ts';

/**
 * Credentials with which images are pulled, for `pullSecrets` of a cluster. Each agent has a Secret of its own,
 * `<agent>-pull` of type `kubernetes.io/dockerconfigjson`, that the cluster's secret backend makes.
 *
 * @param registries hosts that they are for, in words for the person who supplies them; one file holds them all
 */
export function pullSecret(...registries: readonly [string, ...string[]]): SecretNeed {
  const what = `registry credentials for ${registries.join(', ')}, as in ~/.docker/config.json`;
  return { name: 'pull', type: 'kubernetes.io/dockerconfigjson', keys: { '.dockerconfigjson': what } };
}

/** Names of the Secrets with which the pods of an agent are pulled. */
export function pullSecretNames(agent: string, { pullSecrets = [] }: ImageRules): string[] {
  return pullSecrets.map((secret) => (typeof secret === 'string' ? secret : `${agent}-${secret.name}`));
}

/** The pull secrets that are ours to make. */
export function pullSecretNeeds({ pullSecrets = [] }: ImageRules): SecretNeed[] {
  return pullSecrets.filter((secret) => typeof secret !== 'string');
}
