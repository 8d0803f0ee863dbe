import { find } from '../../constructs/problem.ts';
import { placesOf, withoutPlaces } from '../manifest/floor-row.ts';
import type { RuleContext } from '../validate/rule.ts';
import { needed, rowsWithout } from '../validate/rules/version-floor.ts';
import type { Rendered } from './render.ts';

/** A manifest without what its cluster is too old for and what is harmless to lose; each such field is a finding. */
export function leaveOutNewer(manifest: Rendered, context: RuleContext): Rendered {
  // Signed text reaches the output as it is.
  if (manifest.text !== undefined) return manifest;
  let { object } = manifest;
  for (const row of rowsWithout(context, (each) => each.since !== 'never' && each.older === 'omit')) {
    const paths = placesOf(row, object);
    for (const path of paths) {
      find(manifest.construct, {
        rule: 'newer-than-cluster',
        message: `${path} is left out: ${row.what} needs ${needed(row, context)}`,
        why: row.loss,
        help: 'Remove it, accept this, or upgrade the cluster.',
      });
    }
    if (paths.length > 0) object = withoutPlaces(row, object);
  }
  return { ...manifest, object };
}
