import type { ApiObject } from 'cdk8s';
import { callerSource } from './origin.ts';
import type { Reason } from './reason.ts';

const recorded = new WeakMap<ApiObject, Reason[]>();

/** Remembers the JSON patches that an author puts on an object: what they add, no part of the app asked for. */
export function recordPatches(object: ApiObject): void {
  const patches: Reason[] = [];
  recorded.set(object, patches);
  const add = object.addJsonPatch.bind(object);
  object.addJsonPatch = (...operations) => {
    add(...operations);
    const source = callerSource();
    for (const operation of operations) {
      const { op, path } = operation._toJson() as { op: string; path: string };
      patches.push({ what: `${op} ${path}`, because: 'addJsonPatch()', source });
    }
  };
}

/** The patches of an object, as reasons. */
export function patchReasons(object: ApiObject): readonly Reason[] {
  return recorded.get(object) ?? [];
}
