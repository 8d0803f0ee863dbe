import { find } from '../../constructs/problem.ts';
import { finder, withoutPlaces } from '../manifest/floor-row.ts';
import type { RuleContext } from '../validate/rule.ts';
import { needed, rowsWithout } from '../validate/rules/version-floor.ts';
import type { Rendered } from './render.ts';

/** Manifests without what their cluster is too old for and what is harmless to lose; each such field is a finding. */
export function leaveOutNewer(manifests: readonly Rendered[], context: RuleContext): Rendered[] {
  const search = finder(rowsWithout(context, (row) => row.since !== 'never' && row.older === 'omit'));
  return manifests.map((manifest) => {
    // Signed text reaches the output as it is.
    const places = manifest.text === undefined ? search(manifest.object) : [];
    if (places.length === 0) return manifest;
    for (const { row, path } of places) {
      find(manifest.construct, {
        rule: 'newer-than-cluster',
        message: `${path} is left out: ${row.what} needs ${needed(row, context)}`,
        why: row.loss,
        help: 'Remove it, accept this, or upgrade the cluster.',
      });
    }
    const object = places.reduce((rest, { row }) => withoutPlaces(row, rest), manifest.object);
    return { ...manifest, object };
  });
}
