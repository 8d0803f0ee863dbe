import type { ApiObjectProps } from 'cdk8s';
import type { Reasons } from '../reason.ts';

/** One folder of `dist/<cluster>` that the engine applies. */
export interface PlacedApp {
  readonly name: string;
  /** `apiVersion/Kind` of the objects in it, so that the engine can judge the health of kinds that it does not know. */
  readonly kinds: readonly string[];
}

/**
 * What an object is to the engine: `protected` must survive the removal of its file (a Namespace, a volume claim),
 * `verbatim` carries text that the engine must not substitute.
 */
export type ObjectRole = 'protected' | 'verbatim';

/** An object of an engine, and why it is there. */
export interface GitOpsObject {
  readonly props: ApiObjectProps;
  readonly reasons: () => Reasons;
}

/** The program that applies `dist`. */
export interface GitOpsEngine {
  annotations(role: ObjectRole): Readonly<Record<string, string>>;
  objects(cluster: string, apps: readonly PlacedApp[]): readonly GitOpsObject[];
}
