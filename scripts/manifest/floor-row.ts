import { matchFields, withoutFields } from './field-pattern.ts';
import type { KubeObject } from './manifest.ts';
import { perKind } from './per-kind.ts';
import { podSpecOf } from './pod-specs.ts';

/** A minor of Kubernetes: `1.35`. */
export type Minor = `1.${number}`;

/** A field, a value or a kind that not every known Kubernetes has. */
export type FloorRow = Row & (NewRow | OffRow);

interface Row {
  /** Kebab-case, stable. */
  readonly id: string;
  /** Noun phrase for messages. */
  readonly what: string;
  /** The feature gate of the API server that decides. */
  readonly gate: string;
  /** The enhancement that brought it. */
  readonly source: `KEP-${number}`;
  readonly places: readonly Place[];
  /** What the API server does while the gate is off: it drops the field, in silence or with a warning, refuses the object, or does not serve the kind. */
  readonly without: 'dropped' | 'dropped with a warning' | 'refused' | 'not served';
  /** What follows for the one who wrote it. */
  readonly loss?: string;
  /** What to write instead, as a request without a full stop. */
  readonly instead?: string;
}

interface NewRow {
  /** The first minor whose API server keeps it with the default feature gates. */
  readonly since: Minor;
  /**
   * For older clusters: `replace` where something else can do the same, so that whoever renders emits that; `omit` where it
   * is harmless to lose, so that whoever renders may leave it out; `error` where the object would mean something else.
   */
  readonly older: 'replace' | 'omit' | 'error';
}

/** Off by default in every known minor. It can be on all the same, so it is never left out. */
interface OffRow {
  readonly since: 'never';
}

/** Where it is: in the pod of any workload, in an object of a kind, or that kind itself. */
export interface Place {
  /** `pod`, or the object's `apiVersion/Kind`. */
  readonly in: string;
  /** Pattern of `matchFields`; absent when it is the kind itself. */
  readonly path?: string;
  /** Only text that matches; otherwise any value. */
  readonly value?: RegExp;
}

/** What a cluster is, as far as the table asks. */
export interface ClusterVersion {
  readonly kubernetes: Minor;
  /** Rows, by id, that somebody switched on or off: this goes over the minor. */
  readonly switched?: Readonly<Record<string, boolean>> | undefined;
}

/** Whether an API server keeps what a row is about. */
export function isKept({ id, since }: FloorRow, { kubernetes, switched }: ClusterVersion): boolean {
  return switched?.[id] ?? (since !== 'never' && minorOf(kubernetes) >= minorOf(since));
}

/** JSON paths of what a row is about; `$.kind` when it is the kind of the object. */
export function placesOf({ places }: FloorRow, object: KubeObject): string[] {
  return places.flatMap((place) => {
    const pattern = patternIn(place, object);
    if (pattern === undefined) return [];
    return matchFields(object, pattern)
      .filter(({ value }) => isMeant(place, value))
      .map(({ path }) => path);
  });
}

/** A row and where it is met in an object. */
export interface RowPlace<R extends FloorRow> {
  readonly row: R;
  /** As `placesOf` gives it. */
  readonly path: string;
}

/** Looks for many rows in many objects. */
export function finder<R extends FloorRow>(rows: readonly R[]): (object: KubeObject) => readonly RowPlace<R>[] {
  const possible = perKind((object) =>
    rows.filter(({ places }) => places.some((place) => patternIn(place, object) !== undefined)),
  );
  return (object) => possible(object).flatMap((row) => placesOf(row, object).map((path) => ({ row, path })));
}

/** A copy of an object without what a row is about. */
export function withoutPlaces({ places }: FloorRow, object: KubeObject): KubeObject {
  return places.reduce((rest, place) => {
    const pattern = patternIn(place, rest);
    return pattern === undefined ? rest : withoutFields(rest, pattern, (value) => isMeant(place, value));
  }, object);
}

/** The number after the dot. */
export function minorOf(version: Minor): number {
  return Number(version.slice(2));
}

function patternIn(place: Place, object: KubeObject): string | undefined {
  if (place.in !== 'pod')
    return place.in === `${object.apiVersion}/${object.kind}` ? (place.path ?? 'kind') : undefined;
  const pod = podSpecOf(object);
  return pod && `${pod.path.slice('$.'.length)}.${place.path}`;
}

function isMeant(place: Place, value: unknown): boolean {
  return place.value === undefined || (typeof value === 'string' && place.value.test(value));
}
