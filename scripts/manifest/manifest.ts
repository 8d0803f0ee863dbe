/** A plain Kubernetes object. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** Where a manifest comes from. */
export interface ManifestOrigin {
  /** Construct path with the cluster's name in front: `lab/claw/claw/StatefulSet`. */
  readonly path: string;
  /** Relative to the repository, with forward slashes. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** An object, its place in the output, and its origin. */
export interface Manifest {
  readonly object: KubeObject;
  /** Path below the output folder, with forward slashes: `lab/claw/statefulset.claw.yaml`. */
  readonly file: string;
  readonly origin: ManifestOrigin;
}

/** `Kind namespace/name`, as people name an object. */
export function objectName({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
}
