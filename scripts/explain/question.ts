import { realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { Manifest } from '../manifest/manifest.ts';
import { UsageError } from '../usage-error.ts';
import { closest } from './closest.ts';
import { isKind } from './kinds.ts';

/** What one argument asks about. */
export interface Question {
  /** The argument, as errors repeat it. */
  readonly text: string;
  /** The clusters in which the answer may be. */
  readonly clusters: readonly string[];
  answers(manifest: Manifest): boolean;
  /** What to write instead, for one candidate. */
  instead(manifest: Manifest): string;
}

/** Where a question is asked. */
export interface Place {
  /** Absolute path of the repository. */
  readonly repository: string;
  /** Absolute path of the folder that relative paths start from. */
  readonly folder: string;
  readonly clusters: readonly string[];
  readonly namespace?: string | undefined;
}

/** Reads an argument: a path of a generated file, or `kind/name`. */
export function question(text: string, place: Place): Question {
  const { clusters, namespace } = place;
  const inNamespace = ({ object: { metadata } }: Manifest) =>
    namespace === undefined || metadata.namespace === undefined || metadata.namespace === namespace;
  if (isPath(text)) {
    const file = generatedFile(text, place);
    return {
      text,
      clusters: file.split('/').slice(0, 1),
      answers: (manifest) => manifest.file === file,
      instead: (manifest) => `dist/${manifest.file}`,
    };
  }
  const [kind = '', name] = text.split('/');
  return {
    text,
    clusters,
    answers: (manifest) =>
      manifest.object.metadata.name === name && isKind(kind, manifest.object) && inNamespace(manifest),
    instead: (manifest) => {
      const { kind, metadata } = manifest.object;
      return `${kind.toLowerCase()}/${metadata.name}${inNamespace(manifest) ? '' : ` -n ${metadata.namespace}`}`;
    },
  };
}

/** The error for a question without an answer: what there is instead. */
export function noAnswer(
  { text, instead, clusters }: Question,
  manifests: readonly Manifest[],
  namespace?: string,
): UsageError {
  const near = isPath(text) ? closest(text, manifests, instead) : similar(text, manifests);
  const list = [...new Set(near.map(instead))].slice(0, 5);
  const rest = list.length > 0 ? `Closest: ${list.join(', ')}.` : 'There is nothing at all.';
  const all = clusters.join(', ');
  if (isPath(text)) return new UsageError(`${text} is not generated: nothing in ${all} renders to it. ${rest}`);
  const where = namespace === undefined ? all : `namespace ${namespace} of ${all}`;
  if (text.includes('/')) return new UsageError(`there is no ${text} in ${where}. ${rest}`);
  return new UsageError(`${text} says no object: write kind/name. ${rest}`);
}

/** Objects of the name with another kind, then those of the kind with a similar name; of every kind when it is none. */
function similar(text: string, manifests: readonly Manifest[]): Manifest[] {
  const [kind = '', name = text] = text.split('/');
  const nameOf = ({ object }: Manifest) => object.metadata.name;
  const ofKind = manifests.filter(({ object }) => isKind(kind, object));
  return [
    ...manifests.filter((manifest) => nameOf(manifest) === name),
    ...closest(name, ofKind.length > 0 ? ofKind : manifests, nameOf),
  ];
}

function isPath(text: string): boolean {
  return /\.ya?ml$/.test(text) || /^[./]/.test(text) || text.split(/[\\/]/).length > 2;
}

/** Path below `dist` with forward slashes. */
function generatedFile(text: string, { repository, folder, clusters }: Place): string {
  const dist = join(repository, 'dist');
  const paths = [resolve(folder, text), realPath(resolve(folder, text)), resolve(dist, text)];
  const inside = paths
    .map((path) => relative(dist, path).split(sep))
    .find(([cluster = '']) => clusters.includes(cluster));
  if (inside) return inside.join('/');
  throw new UsageError(
    `${text} is not a file of dist in ${clusters.join(', ')}. Give one, or an object such as statefulset/claw.`,
  );
}

/** Without the links on the way, when it is there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
