import { ApiObject, type App, ImplicitTokenResolver, Lazy, LazyResolver, NumberStringUnionResolver } from 'cdk8s';
import type { KubeObject } from '../manifest/manifest.ts';

/** A rendered object, and whether a text in it has `${`, which GitOps engines may substitute. */
export interface PlainObject {
  readonly json: KubeObject;
  readonly variables: boolean;
}

/** What `ApiObject` and its metadata (cdk8s 2.70.106) keep to themselves. */
interface Internals {
  readonly props: PlainMap;
  readonly patches: readonly unknown[];
  readonly metadata: {
    readonly name: unknown;
    readonly namespace: unknown;
    readonly labels: PlainMap;
    readonly annotations: PlainMap;
    readonly finalizers: readonly unknown[];
    readonly ownerReferences: readonly unknown[];
    readonly _additionalAttributes: PlainMap;
  };
}

type PlainMap = Readonly<Record<string, unknown>>;

const { toJson } = ApiObject.prototype;
const stockResolvers = [LazyResolver, ImplicitTokenResolver, NumberStringUnionResolver];

/**
 * What `toJson()` of an object gives while its keys are not sorted, in one walk instead of six; the fields of metadata are in
 * the order that people expect. Undefined when there is more to it than plain data and Lazy values: patches, tokens, classes, resolvers of the
 * app's own, and whatever `badValue` finds. Parts without a change are shared with the construct.
 */
export function plainObject(object: ApiObject): PlainObject | undefined {
  const { props, patches, metadata } = object as unknown as Internals;
  if (object.toJson !== toJson || patches?.length !== 0 || !hasStockResolvers(object)) return undefined;
  const { apiVersion, kind } = props;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  const walk: Walk = { variables: false };
  try {
    const json: Record<string, unknown> = { apiVersion, kind, metadata: metadataOf(metadata, walk) };
    for (const field in props) {
      const value = field === 'metadata' ? undefined : plainMember(field, props[field], walk);
      if (value !== undefined) json[field] = value;
    }
    return { json: json as unknown as KubeObject, variables: walk.variables };
  } catch {
    // `toJson()` meets it too, and says it.
    return undefined;
  }
}

function hasStockResolvers({ node }: ApiObject): boolean {
  const { resolvers } = node.root as App;
  return (
    resolvers?.length === stockResolvers.length &&
    resolvers.every((resolver, index) => resolver.constructor === stockResolvers[index])
  );
}

const usualFields = new Set(['name', 'namespace', 'labels', 'annotations']);

/** Metadata with the usual fields alone, and without what is empty: so cdk8s renders it. */
function metadataOf(metadata: Internals['metadata'], walk: Walk): PlainMap {
  const { name, namespace, labels, annotations, finalizers, ownerReferences, _additionalAttributes } = metadata;
  if (finalizers.length + ownerReferences.length > 0) throw notPlain;
  for (const field in _additionalAttributes) if (!usualFields.has(field)) throw notPlain;
  const rendered: Record<string, unknown> = { name: plain(name, walk) };
  if (namespace !== undefined) rendered.namespace = plain(namespace, walk);
  const sortedLabels = sortedTexts(labels, walk);
  const sortedAnnotations = sortedTexts(annotations, walk);
  if (sortedLabels) rendered.labels = sortedLabels;
  if (sortedAnnotations) rendered.annotations = sortedAnnotations;
  return rendered;
}

/** A map of texts by their sorted names, which is the map itself when they are; undefined when it is empty. */
function sortedTexts(map: PlainMap, walk: Walk): PlainMap | undefined {
  let last: string | undefined;
  let sorted = true;
  for (const name in map) {
    if (typeof plainMember(name, map[name], walk) !== 'string') throw notPlain;
    if (last !== undefined && name < last) sorted = false;
    last = name;
  }
  if (last === undefined) return undefined;
  if (sorted) return map;
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a walk over an object has met. */
interface Walk {
  variables: boolean;
}

const notPlain = new Error('not plain data');

/** The same without what is undefined or null: a copy where there is any. Throws for everything that is not plainly JSON. */
function plain(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      if (value.includes('${')) walk.variables = true;
      if (value.isWellFormed()) return value;
      break;
    case 'number':
      if (Number.isInteger(value) ? Number.isSafeInteger(value) && !Object.is(value, -0) : Number.isFinite(value)) {
        return value;
      }
      break;
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      if (value === null) return undefined;
      if (Array.isArray(value)) return plainList(value, walk);
      if (Object.getPrototypeOf(value) === Object.prototype) return plainMap(value as PlainMap, walk);
      if (value instanceof Lazy) return plain(value.produce(), walk);
  }
  throw notPlain;
}

function plainMap(map: PlainMap, walk: Walk): PlainMap {
  for (const key in map) {
    const value = map[key];
    const member = plainMember(key, value, walk);
    if (member === undefined || member !== value) return changedMap(map, key, member, walk);
  }
  return map;
}

/** A copy of a map whose member `changed` is another one. */
function changedMap(map: PlainMap, changed: string, member: unknown, walk: Walk): PlainMap {
  const copy: Record<string, unknown> = {};
  let before = true;
  for (const key in map) {
    if (key === changed) before = false;
    const value = before ? map[key] : key === changed ? member : plainMember(key, map[key], walk);
    if (value !== undefined) copy[key] = value;
  }
  return copy;
}

function plainMember(key: string, value: unknown, walk: Walk): unknown {
  // As members these two are not what they are called.
  if (key === '__proto__' || key === 'constructor') throw notPlain;
  if (key.includes('${')) walk.variables = true;
  return plain(value, walk);
}

function plainList(list: readonly unknown[], walk: Walk): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = plain(list[index], walk);
    if (item === undefined) throw notPlain;
    if (!copy && item !== list[index]) copy = list.slice(0, index);
    copy?.push(item);
  }
  return copy ?? list;
}
