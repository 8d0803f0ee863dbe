import type { KubeObject } from './manifest.ts';

export type Fields = { readonly [field: string]: unknown };

export interface PodSpec {
  readonly spec: Fields;
  /** JSON path in the object: `$.spec.template.spec`. */
  readonly path: string;
}

/** The pod spec inside a workload; undefined for other kinds. */
export function podSpecOf(object: KubeObject): PodSpec | undefined {
  const path = podSpecPaths[object.kind];
  if (!path) return undefined;
  let value: unknown = object;
  for (const field of path) value = fields(value)[field];
  return { spec: fields(value), path: `$.${path.join('.')}` };
}

/** Labels of the pods of a workload. */
export function podLabelsOf(object: KubeObject): Fields {
  let value: unknown = object;
  for (const field of podSpecPaths[object.kind]?.slice(0, -1) ?? []) value = fields(value)[field];
  return fields(fields(fields(value).metadata).labels);
}

const podSpecPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

const noFields: Fields = Object.freeze({});
const noItems: readonly unknown[] = Object.freeze([]);

/** A JSON value as an object; empty when it is none. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : noFields;
}

/** A JSON value as a list; empty when it is none. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : noItems;
}

/** A JSON value as text; undefined when it is none. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Every container of a pod spec, with its JSON path. */
export function containersOf(spec: Fields, path: string): { readonly container: Fields; readonly path: string }[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    items(spec[list]).map((container, index) => ({ container: fields(container), path: `${path}.${list}[${index}]` })),
  );
}
