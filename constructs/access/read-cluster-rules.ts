const read = ['get', 'list', 'watch'] as const;

/** Read-only rules of one API group; cluster-wide, since nodes, volumes and Flux objects lie outside any one namespace. */
export interface ReadRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: typeof read;
}

/**
 * All that the shipped skills may read; `e2e/skills.e2e.test.ts` runs each of their commands with exactly these rules.
 *
 * Deliberately absent, since whoever steers the model reads what the model can read:
 * - every verb but get, list and watch: a change goes through a pull request;
 * - `secrets`; and `configmaps`, which hold passwords and kubeconfigs in practice;
 * - `pods/exec`, `pods/attach`, `pods/portforward`, `pods/ephemeralcontainers`: a `get` on them runs code or opens a connection;
 * - `nodes/proxy`: a `get` reaches every kubelet endpoint, command execution in any pod among them; so no volume statistics;
 * - `serviceaccounts/token`, RBAC objects and CustomResourceDefinitions: no skill needs them;
 * - `notification.toolkit.fluxcd.io`: `Provider.spec.address` and `Receiver.status.webhookPath` are credentials in URL form;
 * - subresources other than `pods/log`.
 *
 * What remains is not harmless: container `env` literals, `HelmRelease.spec.values` and logs can hold secrets, so the skills
 * ask for single fields, and whoever grants these rules keeps secrets out of such places.
 */
export const readClusterRules: readonly ReadRule[] = [
  // Pods and why they do not run; quota and limit ranges refuse claims and pods at admission.
  {
    apiGroups: [''],
    resources: ['namespaces', 'pods', 'events', 'services', 'resourcequotas', 'limitranges'],
    verbs: read,
  },
  // The API server checks `get` only; list and watch are no-ops on a subresource.
  { apiGroups: [''], resources: ['pods/log'], verbs: read },
  // Volumes and the machines that they are attached to.
  { apiGroups: [''], resources: ['nodes', 'persistentvolumes', 'persistentvolumeclaims'], verbs: read },
  {
    apiGroups: ['storage.k8s.io'],
    resources: ['storageclasses', 'volumeattachments', 'csidrivers', 'csinodes', 'csistoragecapacities'],
    verbs: read,
  },
  // What owns a pod.
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'], verbs: read },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: read },
  // Flux: sources, what applies them, and what it made of them.
  {
    apiGroups: ['source.toolkit.fluxcd.io'],
    resources: ['gitrepositories', 'ocirepositories', 'helmrepositories', 'helmcharts', 'buckets', 'externalartifacts'],
    verbs: read,
  },
  { apiGroups: ['kustomize.toolkit.fluxcd.io'], resources: ['kustomizations'], verbs: read },
  { apiGroups: ['helm.toolkit.fluxcd.io'], resources: ['helmreleases'], verbs: read },
];
