import type { KubeObject } from './manifest.ts';

/** A function of an object's `apiVersion` and `kind` alone, worked out once for each: few kinds make up all objects. */
export function perKind<T>(of: (object: KubeObject) => T): (object: KubeObject) => T {
  const known = new Map<string, Map<string, T>>();
  return (object) => {
    const versions = known.get(object.kind) ?? new Map<string, T>();
    known.set(object.kind, versions);
    const found = versions.get(object.apiVersion);
    if (found !== undefined) return found;
    const made = of(object);
    versions.set(object.apiVersion, made);
    return made;
  };
}
