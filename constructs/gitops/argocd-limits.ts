import type { Reason } from '../reason.ts';
import type { PlacedApp, PlacedObject } from './engine.ts';

interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** What an AppProject permits. */
export interface AppProjectLimits {
  /** Destinations; one without a namespace when there is none. */
  readonly namespaces: readonly { readonly namespace?: string }[];
  readonly namespaced: readonly GroupKind[];
  /** With a name, or a pattern of names (Go's `filepath.Match`). */
  readonly clusterWide: readonly (GroupKind & { readonly name: string })[];
  readonly reasons: readonly Reason[];
}

const rbac = 'rbac.authorization.k8s.io';

const policies = kinds('admissionregistration.k8s.io', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding');

/**
 * Kinds that an app's own parts put into its namespace, whether it has them now or not: Argo CD (3.5.1,
 * `controller/state.go`) does not see live objects of a kind that the project does not permit, so the last route, Role or
 * tool pod of an app would stay in the cluster, without a word, when its kind left the project together with it.
 */
const inNamespace: readonly GroupKind[] = [
  ...kinds('', 'ConfigMap', 'PersistentVolumeClaim', 'Secret', 'Service', 'ServiceAccount'),
  ...kinds('apps', 'Deployment', 'StatefulSet'),
  ...kinds('bitnami.com', 'SealedSecret'),
  ...kinds('cilium.io', 'CiliumNetworkPolicy'),
  ...kinds('external-secrets.io', 'ExternalSecret'),
  ...kinds('gateway.networking.k8s.io', 'HTTPRoute'),
  ...kinds('monitoring.coreos.com', 'AlertmanagerConfig'),
  ...kinds('networking.k8s.io', 'NetworkPolicy'),
  ...kinds('policy', 'PodDisruptionBudget'),
  ...kinds(rbac, 'Role', 'RoleBinding'),
];

/** The Applications and AppProjects themselves, and nothing else. */
export function gitopsLimits(namespace: string): AppProjectLimits {
  return {
    namespaces: [{ namespace }],
    namespaced: kinds('argoproj.io', 'Application', 'AppProject'),
    clusterWide: [],
    reasons: [],
  };
}

/** The namespaces by name with their default deny, and our admission policies. */
export function clusterLimits(app: PlacedApp): AppProjectLimits {
  return limits(app, kinds('networking.k8s.io', 'NetworkPolicy'), policies, () => ['chitin-*']);
}

/** The namespaces of the app's objects; cluster-wide, what grants are made of, and by name what the author made. */
export function appLimits(app: PlacedApp): AppProjectLimits {
  return limits(app, inNamespace, [...kinds(rbac, 'ClusterRole', 'ClusterRoleBinding'), ...policies], (namespaces) =>
    namespaces.map((namespace) => `${namespace}-*`),
  );
}

/**
 * @param namespaced kinds that are always permitted in the namespaces
 * @param wide cluster-wide kinds that are always permitted under the names of `patterns`
 */
function limits(
  { objects }: PlacedApp,
  namespaced: readonly GroupKind[],
  wide: readonly GroupKind[],
  patterns: (namespaces: readonly string[]) => readonly string[],
): AppProjectLimits {
  const namespaces = [...new Set(objects.flatMap(({ namespace }) => namespace ?? []))].sort();
  const names = patterns(namespaces);
  const permitted = [...namespaced, ...wide];
  const others = objects.filter((object) => !permitted.some((each) => same(each, groupKind(object))));
  const byName = [
    ...wide.flatMap((each) => names.map((name) => ({ ...each, name }))),
    ...others.map((object) => ({ ...groupKind(object), name: object.name })),
  ];
  return {
    namespaces: namespaces.length > 0 ? namespaces.map((namespace) => ({ namespace })) : [{}],
    // A cluster-wide kind may have the namespace of its chart; among the kinds in a namespace it permits nothing, and the other way round.
    namespaced: sorted([...namespaced, ...others.filter(({ namespace }) => namespace !== undefined).map(groupKind)]),
    clusterWide: sorted(byName),
    reasons: [
      ...others.map(({ kind, name }) => ({ what: `${kind} ${name}`, because: 'the folder holds it' })),
      ...wide.map(({ kind }) => ({
        what: `${kind} ${names.join(', ')}`,
        because:
          'Argo CD removes only what the project permits, so these are permitted before and after they are there',
      })),
    ],
  };
}

function kinds(group: string, ...names: readonly string[]): GroupKind[] {
  return names.map((kind) => ({ group, kind }));
}

function groupKind({ apiVersion, kind }: PlacedObject): GroupKind {
  const slash = apiVersion.indexOf('/');
  return { group: slash < 0 ? '' : apiVersion.slice(0, slash), kind };
}

function same(a: GroupKind, b: GroupKind): boolean {
  return a.group === b.group && a.kind === b.kind;
}

/** In a fixed order, each once. */
function sorted<T extends GroupKind>(list: readonly T[]): T[] {
  const byText = new Map(list.map((each) => [JSON.stringify(Object.values(each)), each]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}
