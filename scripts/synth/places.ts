import { formatProblem, type Problem, report } from '../../constructs/problem.ts';
import { objectName } from '../manifest/manifest.ts';
import type { Rendered } from './render.ts';

/** Reports objects that are made twice, and files that would be one on a file system without letter case. */
export function reportClashes(manifests: readonly Rendered[]): void {
  const objects = new Map<string, Rendered>();
  const files = new Map<string, Rendered>();
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest.object;
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const identity = `${group} ${kind} ${metadata.namespace ?? ''} ${metadata.name}`;
    const place = manifest.file.toLowerCase();
    const twin = objects.get(identity);
    const neighbour = files.get(place);
    if (twin) {
      report(
        manifest.construct,
        clash(
          `${objectName(manifest.object)} is made twice`,
          twin,
          'The API server has one object of that kind, namespace and name: each apply would undo the other.',
        ),
      );
    } else if (neighbour) {
      report(
        manifest.construct,
        clash(
          `${objectName(manifest.object)} and ${objectName(neighbour.object)} would share the file ${manifest.file}`,
          neighbour,
          'Names that differ in letter case, or in ":" and "_", are one file on some machines.',
        ),
      );
    }
    objects.set(identity, manifest);
    files.set(place, manifest);
  }
}

function clash(message: string, other: Rendered, why: string): Problem {
  const [where = ''] = formatProblem(other.construct, { message: '' }).split('\n');
  return { message, why, help: `Rename or remove one. The other comes from ${where}.` };
}
