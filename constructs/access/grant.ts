/** API verbs on resources, as in a Role. */
export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[] | undefined;
}

/** API verbs that a ServiceAccount needs. */
export interface Grant {
  /** Suffix of the Role's name: agent `claw` and grant `read-cluster` make `claw-read-cluster`. */
  readonly name: string;
  /** Whether the rules hold in the app's namespace or in the whole cluster. */
  readonly scope: 'namespace' | 'cluster';
  readonly rules: readonly AccessRule[];
}
