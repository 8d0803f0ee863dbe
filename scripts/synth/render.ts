import { relative, sep } from 'node:path';
import { ApiObject, Chart } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { factsOf } from '../../constructs/facts.ts';
import { verbatimText } from '../../constructs/manifest.ts';
import { originOf } from '../../constructs/origin.ts';
import { report } from '../../constructs/problem.ts';
import type { KubeObject, Manifest } from '../manifest/manifest.ts';
import { isClusterWide } from '../manifest/scope.ts';
import { type PlainObject, plainObject } from './plain-object.ts';
import { badValue } from './plain-values.ts';

/** A manifest with the construct it was made from, and its text when that must not be written anew. */
export interface Rendered extends Manifest {
  readonly construct: IConstruct;
  readonly text?: string | undefined;
}

/**
 * Renders every object of a tree whose derivations have run: one walk, `toJson` once each. Stock `App.synth` renders and
 * validates the whole tree again for each chart.
 *
 * @param repository absolute path that origins are relative to
 */
export function render(root: Construct, name: string, repository: string): Rendered[] {
  // Keys stay in the order in which they were written.
  process.env.CDK8S_DISABLE_SORT = '1';
  const { gitops } = factsOf(root);
  const verbatimAnnotations = gitops.annotations('verbatim');
  const rendered: Rendered[] = [];
  const shown = relativeTo(repository);
  for (const child of root.node.children) {
    for (const construct of child.node.findAll()) {
      if (!ApiObject.isApiObject(construct)) continue;
      const plain = plainObject(construct) ?? objectOf(construct);
      if (!plain) continue;
      const object = finished(plain.json, plain.variables ? verbatimAnnotations : {});
      const origin = originOf(construct);
      const file = origin.source && shown(origin.source.file);
      rendered.push({
        construct,
        object,
        file: `${name}/${fileOf(object, child.node.id, Chart.of(construct).namespace)}`,
        origin: { path: origin.path, file, line: origin.source?.line },
        text: verbatimText(construct),
      });
    }
  }
  return rendered;
}

/** Paths relative to a folder with forward slashes, each worked out once: few files make many objects. */
function relativeTo(folder: string): (file: string) => string {
  const known = new Map<string, string>();
  return (file) => {
    const path = known.get(file) ?? relative(folder, file).split(sep).join('/');
    known.set(file, path);
    return path;
  };
}

function objectOf(construct: ApiObject): PlainObject | undefined {
  let json: KubeObject;
  try {
    json = construct.toJson();
  } catch (error) {
    const found = badValue((construct as unknown as { props: unknown }).props);
    const cause = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    report(construct, found ?? { message: `cannot be rendered: ${cause}` });
    return undefined;
  }
  const found = badValue(json);
  if (found) report(construct, found);
  return found ? undefined : { json: ordered(json), variables: JSON.stringify(json).includes('${') };
}

/** The object with the fields of its metadata in the order that people expect, and without what is empty. */
function ordered(object: KubeObject): KubeObject {
  const { name, namespace, labels, annotations, ...more } = object.metadata;
  return {
    ...object,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels }),
      ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...more,
    },
  };
}

/** The object with more annotations, and without the namespace that a chart gives to cluster-wide kinds. */
function finished(object: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject {
  const misplaced = object.metadata.namespace !== undefined && isClusterWide(object.apiVersion, object.kind);
  if (!misplaced && Object.keys(annotations).length === 0) return object;
  const { namespace, ...metadata } = object.metadata;
  return ordered({
    ...object,
    metadata: {
      ...metadata,
      ...(namespace === undefined || misplaced ? {} : { namespace }),
      annotations: { ...metadata.annotations, ...annotations },
    },
  });
}

/** `<app>/<kind>.<name>.yaml`, or `<app>/<namespace>/…` for an object outside the app's own namespace. */
function fileOf({ kind, metadata: { name, namespace } }: KubeObject, app: string, own: string | undefined): string {
  const folder = namespace === undefined || namespace === own ? app : `${app}/${namespace.replace(/[:/\\]/g, '_')}`;
  // A slash is an error of `valid-name`; here it must not lead anywhere.
  return `${folder}/${`${kind.toLowerCase()}.${name}`.replace(/[:/\\]/g, '_')}.yaml`;
}
