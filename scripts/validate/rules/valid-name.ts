import type { KubeObject } from '../../manifest/manifest.ts';
import { isClusterWide } from '../../manifest/scope.ts';
import type { Rule, Violation } from '../rule.ts';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Kinds whose name is a DNS label, and its longest form. A StatefulSet's pods carry its name with a revision hash in a label. */
const labelKinds: Readonly<Record<string, number>> = { Service: 63, Namespace: 63, StatefulSet: 52, CronJob: 52 };

/** Kinds whose name may be any path segment: RBAC allows `system:reader`. */
const pathSegmentKinds = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);

export const validName: Rule = {
  id: 'valid-name',
  severity: 'error',
  doc: 'Names of objects and namespaces are ones that the API server takes.',
  check: (manifests) =>
    manifests.flatMap((manifest): Violation[] => {
      const { object } = manifest;
      if (!/^[A-Z][A-Za-z0-9]*$/.test(object.kind)) {
        return [
          {
            manifest,
            path: '$.kind',
            message: `kind "${object.kind}" is not a kind`,
            help: 'Use letters and digits, such as ConfigMap.',
          },
        ];
      }
      if (object.kind.endsWith('List') && 'items' in object) {
        return [
          {
            manifest,
            path: '$.kind',
            message: `a ${object.kind} is many objects in one`,
            why: 'Nothing looks into it: neither these checks nor a reviewer.',
            help: 'Make its items singly.',
          },
        ];
      }
      const problem = nameProblem(object);
      const violations: Violation[] = problem
        ? [
            {
              manifest,
              path: '$.metadata.name',
              message: `${object.kind} "${object.metadata.name}": ${problem}`,
              help: 'Choose another name.',
            },
          ]
        : [];
      const { namespace } = object.metadata;
      if (namespace === undefined && !isClusterWide(object.apiVersion, object.kind)) {
        violations.push({
          manifest,
          path: '$.metadata.namespace',
          message: `${object.kind} "${object.metadata.name}" has no namespace`,
          why: 'It would land wherever the one who applies it happens to be.',
          help: 'Give its chart a namespace, or set metadata.namespace.',
        });
      }
      if (namespace !== undefined && !(label.test(namespace) && namespace.length <= 63)) {
        violations.push({
          manifest,
          path: '$.metadata.namespace',
          message: `namespace "${namespace}" is not a DNS label`,
          help: 'Use at most 63 lowercase letters, digits and hyphens.',
        });
      }
      return violations;
    }),
};

function nameProblem({ kind, metadata: { name } }: KubeObject): string | undefined {
  if (pathSegmentKinds.has(kind)) {
    return name === '' || name === '.' || name === '..' || /[/%]/.test(name)
      ? 'a name without "/" and "%" is needed'
      : undefined;
  }
  const longest = labelKinds[kind];
  if (longest !== undefined) {
    if (!label.test(name)) return 'a DNS label is needed: lowercase letters, digits and hyphens';
    return name.length > longest ? `at most ${longest} characters are possible, and it has ${name.length}` : undefined;
  }
  if (!subdomain.test(name)) return 'a DNS name is needed: lowercase letters, digits, hyphens and dots';
  return name.length > 253 ? `at most 253 characters are possible, and it has ${name.length}` : undefined;
}
