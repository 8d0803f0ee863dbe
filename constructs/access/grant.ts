import type { AdmissionValidation } from '../policy/admission-policy.ts';
import type { Finding } from '../problem.ts';

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
  /** Whether the rules hold in the app's namespace, in others, or in the whole cluster. */
  readonly scope: 'namespace' | 'cluster' | { readonly namespaces: readonly string[] };
  readonly rules: readonly AccessRule[];
  /** What RBAC cannot say of these rules. @default the rules are all */
  readonly limits?: readonly AccessLimit[] | undefined;
  /** What a reviewer should know of it. @default nothing */
  readonly findings?: readonly Finding[] | undefined;
}

/**
 * A ValidatingAdmissionPolicy over the requests of the agent's ServiceAccount and of nobody else: what it may not do
 * although its Role has the verb. Expressions are CEL, and fields are compared in `variables`, where the API server checks
 * no types.
 */
export interface AccessLimit {
  /** A DNS label: the objects are called `<namespace>-<agent>-<name>`. */
  readonly name: string;
  /** What it demands, in a sentence: its description in the cluster. */
  readonly demands: string;
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly operation: 'CREATE' | 'UPDATE';
  /** Objects of the agent's namespace that the expressions read as `params`, each in turn. One that is missing refuses these requests to everybody in that namespace. */
  readonly params?:
    | { readonly apiVersion: string; readonly kind: string; readonly names: readonly string[] }
    | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly validations: readonly [AdmissionValidation, ...AdmissionValidation[]];
}
