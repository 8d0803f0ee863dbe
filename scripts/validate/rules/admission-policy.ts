import { namespacesOf, subjectOf } from '../admission/match.ts';
import { byKind, isAskedAbout, policiesOf } from '../admission/policy.ts';
import { creationOf, refusals } from '../admission/verdict.ts';
import type { Rule } from '../rule.ts';

/**
 * Judges the creation of each object as it is written. What the API server or a mutating policy fills in is not there, and
 * what needs a running cluster is not judged: parameters, who asks, labels of namespaces that are not among the manifests,
 * functions that the CEL library lacks.
 */
export const admissionPolicy: Rule = {
  id: 'admission-policy',
  severity: 'error',
  doc: 'No object is one that a ValidatingAdmissionPolicy of the same output refuses: its apply would fail.',
  check: (manifests) => {
    const policies = policiesOf(manifests);
    if (policies.length === 0) return [];
    const namespaces = namespacesOf(manifests);
    const possible = byKind(policies);
    return manifests.flatMap((manifest) => {
      const candidates = possible(manifest.object);
      if (candidates.length === 0) return [];
      const subject = subjectOf(manifest.object);
      const asked = candidates.filter((policy) => isAskedAbout(policy, subject, namespaces));
      if (asked.length === 0) return [];
      const request = creationOf(subject);
      return asked.flatMap((policy) =>
        refusals(policy, request).map((message) => ({
          manifest,
          message,
          why: `The API server would refuse it, by ValidatingAdmissionPolicy ${policy.name}.`,
          help: 'If it has to be so, change the policy, which holds in every namespace that its binding selects.',
        })),
      );
    });
  },
};
