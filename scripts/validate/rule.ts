import type { Minor } from '../manifest/floor-row.ts';
import type { Manifest } from '../manifest/manifest.ts';

/** One check over a set of manifests: a small pure function with its documentation. */
export interface Rule {
  /** Kebab-case, stable. */
  readonly id: string;
  /** An error keeps `synth` from writing; a warning is a finding that source can accept. */
  readonly severity: 'error' | 'warning';
  /** What it finds and why that matters, in a sentence. */
  readonly doc: string;
  check(manifests: readonly Manifest[], context: RuleContext): readonly Violation[];
}

/** What the manifests alone do not tell. */
export interface RuleContext {
  /** Objects that something else makes. */
  readonly existing: readonly {
    readonly kind: string;
    readonly namespace?: string | undefined;
    readonly name: string;
  }[];
  /** The cluster that the manifests are for; without it nothing is too new. */
  readonly kubernetes?: Minor | undefined;
  /** Rows of the version floor, by id, that the cluster has switched on or off: this goes over its minor. */
  readonly switched?: Readonly<Record<string, boolean>> | undefined;
}

export interface Violation {
  readonly manifest: Manifest;
  /** JSON path in the object: `$.spec.template.spec.containers[0].image`. */
  readonly path?: string | undefined;
  readonly message: string;
  readonly why?: string | undefined;
  readonly help?: string | undefined;
}
