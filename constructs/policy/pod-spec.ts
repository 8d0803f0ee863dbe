/** Kinds with a pod in them that a policy is asked about, by API group. The API server asks about each pod that they make, too. */
export const workloads = [
  // A debug container comes by a subresource. A resize takes no request and no limit away, so it is not asked about.
  { group: '', resources: ['pods', 'pods/ephemeralcontainers'] },
  { group: 'apps', resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'] },
  { group: 'batch', resources: ['jobs', 'cronjobs'] },
] as const;

/**
 * CEL for the pod spec in an object of any of these kinds, for a variable or a condition: the API server checks no types
 * there (apiserver 0.36, typechecking.go), and in a validation it would warn of the fields that the other kinds lack.
 */
export function podSpecOf(object: 'object' | 'oldObject'): string {
  const workloadSpec = `(${object}.kind == 'CronJob' ? ${object}.spec.jobTemplate.spec : ${object}.spec)`;
  return `(${object}.kind == 'Pod' ? ${object}.spec : ${workloadSpec}.template.spec)`;
}

/** Variables for policies about containers of each sort, in the order in which they run. */
export const everyContainer = {
  containers:
    'variables.podSpec.?initContainers.orValue([]) + variables.podSpec.containers + variables.podSpec.?ephemeralContainers.orValue([])',
} as const;

/** Images of containers of each sort and of volumes: what has it (`of`), and the reference (`image`). */
export const everyImage = {
  ...everyContainer,
  images:
    "variables.containers.map(c, {'of': 'container ' + c.name, 'image': string(c.?image.orValue(''))}) + " +
    "variables.podSpec.?volumes.orValue([]).filter(v, has(v.image)).map(v, {'of': 'volume ' + v.name, 'image': string(v.image.?reference.orValue(''))})",
} as const;
