import { finder } from '../../manifest/floor-row.ts';
import { newestMinor } from '../../manifest/version-floor.ts';
import type { Rule, Violation } from '../rule.ts';
import { rowsWithout, whyNot } from './version-floor.ts';

export const offByDefault: Rule = {
  id: 'off-by-default',
  severity: 'warning',
  doc: 'Nothing needs a feature gate that is off in every Kubernetes, unless somebody says that the cluster has it on.',
  check: (manifests, context) => {
    const find = finder(rowsWithout(context, ({ since }) => since === 'never'));
    return manifests.flatMap((manifest) =>
      find(manifest.object).map(
        ({ row, path }): Violation => ({
          manifest,
          path,
          message: `${row.what} needs the feature ${row.gate}, which is off by default up to Kubernetes ${newestMinor}`,
          why: whyNot(row),
          help: 'Remove it, or accept this where the cluster has the feature on.',
        }),
      ),
    );
  },
};
