import type { ApiObjectProps } from 'cdk8s';
import type { ClusterFacts } from '../facts.ts';
import type { Problem } from '../problem.ts';
import type { Reasons } from '../reason.ts';

/** An object of `dist`, as far as an engine has to know it. */
export interface PlacedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Its own, or that of its chart; of a cluster-wide kind it says nothing. */
  readonly namespace?: string | undefined;
}

/** One folder of `dist/<cluster>` that the engine applies. */
export interface PlacedApp {
  readonly name: string;
  /** What is in it, so that the engine can limit what it may hold, and judge the health of kinds that it does not know. */
  readonly objects: readonly PlacedObject[];
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
  /** Annotations that put an object before others of its app. @default none: the engine's own order will do */
  order?(object: PlacedObject): Readonly<Record<string, string>>;
  objects(cluster: string, apps: readonly PlacedApp[]): readonly GitOpsObject[];
  /** What this engine cannot do for a cluster of these facts. @default nothing */
  problems?(facts: ClusterFacts): readonly Problem[];
}
