import { createRequire } from 'node:module';
import { ApiObject, JsonPatch } from 'cdk8s';
import type * as plusTypes from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import type { WiredAgent } from '../agent/wire.ts';
import { keys, objectLabels } from '../manifest.ts';
import type { AccessRule, Grant } from './grant.ts';

/** A grant with the reason that reviewers see. */
export interface ReasonedGrant {
  readonly grant: Grant;
  readonly because: string;
}

/** Makes the Role and binding of a grant, or their cluster-wide forms. */
export function bindGrant(scope: Construct, agent: WiredAgent, { grant, because }: ReasonedGrant): void {
  // 0.1 s to load: only apps with grants pay for it.
  const plus = createRequire(import.meta.url)('cdk8s-plus-30') as typeof plusTypes;
  const { name, app, namespace } = agent;
  const clusterWide = grant.scope === 'cluster';
  const metadata = {
    name: clusterWide ? `${namespace}-${name}-${grant.name}` : `${name}-${grant.name}`,
    ...(clusterWide ? {} : { namespace }),
    labels: objectLabels(app, name),
    annotations: { [keys.because]: because },
  };
  const account = plus.ServiceAccount.fromServiceAccountName(scope, `Subject-${grant.name}`, name, {
    namespaceName: namespace,
  });
  if (clusterWide) {
    const role = new plus.ClusterRole(scope, `ClusterRole-${grant.name}`, { metadata });
    for (const rule of grant.rules) role.allow([...rule.verbs], ...resources(rule));
    const binding = new plus.ClusterRoleBinding(scope, `ClusterRoleBinding-${grant.name}`, {
      metadata,
      role: role as plusTypes.IClusterRole,
    });
    binding.addSubjects(account);
    // cdk8s gives every object of a chart the chart's namespace, cluster-wide kinds too.
    for (const construct of [role, binding])
      ApiObject.of(construct).addJsonPatch(JsonPatch.remove('/metadata/namespace'));
    return;
  }
  const role = new plus.Role(scope, `Role-${grant.name}`, { metadata });
  for (const rule of grant.rules) role.allow([...rule.verbs], ...resources(rule));
  new plus.RoleBinding(scope, `RoleBinding-${grant.name}`, { metadata, role: role as plusTypes.IRole }).addSubjects(
    account,
  );
}

/** Every resource that a rule names, singly: `cdk8s-plus` writes one rule for each, so that a diff shows which one came or went. */
function resources(rule: AccessRule) {
  const names = rule.resourceNames ?? [undefined];
  return rule.apiGroups.flatMap((apiGroup) =>
    rule.resources.flatMap((resourceType) =>
      names.map((resourceName) => {
        const resource = {
          apiGroup: apiGroup === '' ? 'core' : apiGroup,
          resourceType,
          ...(resourceName === undefined ? {} : { resourceName }),
        };
        return { ...resource, asApiResource: () => resource, asNonApiResource: () => undefined };
      }),
    ),
  );
}
