import { ApiObject, type ApiObjectProps } from 'cdk8s';
import type { Construct } from 'constructs';
import { type Reasons, recordReasons } from './reason.ts';

/** A model of `kubernetes-models` in which an optional field may be written as undefined, and lists may be read-only. */
export type Loose<T> = T extends readonly (infer E)[]
  ? readonly Loose<E>[]
  : T extends object
    ? { readonly [K in keyof T]: undefined extends T[K] ? Loose<T[K]> | undefined : OptionalOf<T, K> }
    : T;

type OptionalOf<T, K extends keyof T> = Record<never, never> extends Pick<T, K> ? Loose<T[K]> | undefined : Loose<T[K]>;

/** Makes an object of a typed kind, and remembers why it is there. Fields that are undefined are left out. */
export function manifest<T extends { apiVersion: string; kind: string }>(
  scope: Construct,
  id: string,
  object: Loose<T>,
  reasons: () => Reasons,
): ApiObject {
  const made = new ApiObject(scope, id, object as unknown as ApiObjectProps);
  recordReasons(made, reasons);
  return made;
}

const verbatim = new WeakMap<ApiObject, string>();

/** An object whose text is written byte for byte, since it is signed as it stands (SOPS). */
export function verbatimManifest(scope: Construct, id: string, props: ApiObjectProps, text: string): ApiObject {
  const object = new ApiObject(scope, id, props);
  verbatim.set(object, text);
  return object;
}

/** The text of a verbatim object. */
export function verbatimText(object: ApiObject): string | undefined {
  return verbatim.get(object);
}

/** Annotations and labels that the toolkit itself writes. */
export const keys = {
  because: 'chitin.dev/because',
  flows: 'chitin.dev/flows',
  configChecksum: 'chitin.dev/config-checksum',
  secretsChecksum: 'chitin.dev/secrets-checksum',
  /** On every namespace that a cluster owns; admission policies select it. */
  managed: 'chitin.dev/managed',
  app: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

/** Labels of every object of an agent. */
export function objectLabels(app: string, instance: string): Record<string, string> {
  return { ...selectorLabels(app, instance), [keys.managedBy]: 'chitin' };
}

/** What selects the pods of an agent: immutable in a StatefulSet, so it holds the app, the agent and nothing else, ever. */
export function selectorLabels(app: string, instance: string): Record<string, string> {
  return { [keys.app]: app, [keys.instance]: instance };
}
