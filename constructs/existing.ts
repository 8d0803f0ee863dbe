import type { IConstruct } from 'constructs';

/** Kinds that other objects refer to by name. */
export type ExistingKind =
  | 'ConfigMap'
  | 'Secret'
  | 'ServiceAccount'
  | 'PersistentVolumeClaim'
  | 'Service'
  | 'Role'
  | 'ClusterRole'
  | 'CronJob';

/** An object in the cluster that the repository does not make. */
export interface ExistingObject {
  readonly kind: ExistingKind;
  /** Undefined for a cluster-wide kind. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

const declared = new WeakMap<IConstruct, ExistingObject[]>();

/** Declares an object that something else makes. */
export function declareExisting(construct: IConstruct, object: ExistingObject): void {
  const { root } = construct.node;
  const list = declared.get(root) ?? [];
  list.push(object);
  declared.set(root, list);
}

/** What was declared anywhere in a tree. */
export function existingObjects(root: IConstruct): readonly ExistingObject[] {
  return declared.get(root) ?? [];
}
