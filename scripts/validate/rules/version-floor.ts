import { type FloorRow, finder, isKept } from '../../manifest/floor-row.ts';
import { versionFloor } from '../../manifest/version-floor.ts';
import type { Rule, RuleContext, Violation } from '../rule.ts';

export const versionFloorRule: Rule = {
  id: 'version-floor',
  severity: 'error',
  doc: "Nothing is newer than the cluster's Kubernetes, whose API server would drop it without an error, or refuse it.",
  check: (manifests, context) => {
    const find = finder(rowsWithout(context, ({ since }) => since !== 'never'));
    return manifests.flatMap((manifest) =>
      find(manifest.object).map(
        ({ row, path }): Violation => ({
          manifest,
          path,
          message: `${row.what} needs ${needed(row, context)}`,
          why: whyNot(row),
          help: `${row.instead ?? 'Remove it'}, or ${wayOut(row, context)}.`,
        }),
      ),
    );
  },
};

/** Rows of the version floor that a cluster is without; none for an unknown cluster. */
export function rowsWithout(
  { kubernetes, switched }: RuleContext,
  chosen: (row: FloorRow) => boolean,
): readonly FloorRow[] {
  if (kubernetes === undefined) return [];
  return versionFloor.filter((row) => chosen(row) && !isKept(row, { kubernetes, switched }));
}

/** What becomes of a row's field or object on a cluster without it. */
export function whyNot({ without, loss }: FloorRow): string {
  if (without === 'not served') return 'The API server does not serve the kind.';
  if (without === 'refused') return 'The API server refuses the object.';
  const loud = without === 'dropped' ? 'without an error' : 'with no more than a warning';
  return `The API server drops it ${loud}, under strict validation too. ${loss ?? ''}`.trim();
}

/** What a row needs, and what the cluster has. */
export function needed(row: FloorRow, context: RuleContext): string {
  return isSwitchedOff(row, context)
    ? `the feature ${row.gate}, which the cluster has switched off`
    : `Kubernetes ${row.since}, and the cluster has ${context.kubernetes}`;
}

function wayOut(row: FloorRow, context: RuleContext): string {
  return isSwitchedOff(row, context) ? 'switch the feature on' : 'upgrade the cluster';
}

function isSwitchedOff({ id }: FloorRow, { switched }: RuleContext): boolean {
  return switched?.[id] === false;
}
