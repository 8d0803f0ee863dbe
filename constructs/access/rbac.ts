import { createRequire } from 'node:module';
import { ApiObject, JsonPatch } from 'cdk8s';
import type * as plusTypes from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import type { IClusterRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole';
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import type { WiredAgent } from '../agent/wire.ts';
import { keys, manifest, objectLabels } from '../manifest.ts';
import { recordSource } from '../origin.ts';
import { find } from '../problem.ts';
import { type Cause, type Reasons, recordReasons } from '../reason.ts';
import type { AccessRule, Grant } from './grant.ts';
import { makeLimit } from './limit.ts';

/** A grant with the reason that reviewers see. */
export interface ReasonedGrant extends Cause {
  readonly grant: Grant;
}

/** Whose ServiceAccount a grant is for: the agent's, or that of the own pod of a tool. */
export interface GrantedAccount extends Pick<WiredAgent, 'app' | 'namespace' | 'cluster'> {
  /** Name of the ServiceAccount. */
  readonly name: string;
  /** @default `agent <name>` */
  readonly whose?: string | undefined;
}

/** Grants as what asked for the things that come with any grant: the token, and the way to the API server. */
export function grantCauses(grants: readonly ReasonedGrant[]): Cause[] {
  return grants.map(({ grant, source }) => ({ because: `grant ${grant.name}`, source }));
}

/**
 * Makes the Roles and bindings of a grant, or their cluster-wide forms, and what limits them. The rules stand as the grant
 * gives them; the roles of cdk8s-plus would write one rule per resource, with an empty `resourceNames` each.
 */
export function bindGrant(scope: Construct, account: GrantedAccount, { grant, because, source }: ReasonedGrant): void {
  // 0.1 s to load: only apps with grants pay for it.
  const plus = createRequire(import.meta.url)('cdk8s-plus-30') as typeof plusTypes;
  const { name, app, namespace, cluster, whose = `agent ${name}` } = account;
  const labels = objectLabels(app, name);
  const annotations = { [keys.because]: because };
  const reasons = (purpose: string, details?: readonly string[]): Reasons => ({
    purpose,
    parts: [{ what: `grant ${grant.name}`, because, source, details }],
  });
  const roleReasons = () => ({
    ...reasons(`what the grant lets ${whose} do`, grant.rules.map(ruleText)),
    findings: grant.findings,
  });
  const bindingReasons = () => reasons(`gives the grant to the account of ${whose}`);
  const subject = plus.ServiceAccount.fromServiceAccountName(scope, `Subject-${grant.name}`, name, {
    namespaceName: namespace,
  });
  find(scope, ...(grant.findings ?? []));
  // Before the rules that they limit, where the engine applies in this order.
  const keep = cluster.gitops.annotations('protected');
  for (const limit of grant.limits ?? [])
    makeLimit(scope, { namespace, account: name, labels, annotations, keep, reasons, source }, limit);
  if (grant.scope !== 'cluster') {
    const namespaces = grant.scope === 'namespace' ? [namespace] : grant.scope.namespaces;
    for (const place of namespaces) {
      const id = grant.scope === 'namespace' ? grant.name : `${grant.name}-${place}`;
      const metadata = {
        name: `${place === namespace ? '' : `${namespace}-`}${name}-${grant.name}`,
        namespace: place,
        labels,
        annotations,
      };
      const role = manifest<IRole>(
        scope,
        `Role-${id}`,
        { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: grant.rules },
        roleReasons,
      );
      recordSource(role, source);
      const binding = new plus.RoleBinding(scope, `RoleBinding-${id}`, {
        metadata,
        role: plus.Role.fromRoleName(scope, `RoleRef-${id}`, metadata.name),
      });
      binding.addSubjects(subject);
      recordReasons(ApiObject.of(binding), bindingReasons);
    }
    return;
  }
  const metadata = { name: `${namespace}-${name}-${grant.name}`, labels, annotations };
  const clusterRole = manifest<IClusterRole>(
    scope,
    `ClusterRole-${grant.name}`,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata,
      rules: grant.rules,
    },
    roleReasons,
  );
  recordSource(clusterRole, source);
  const role = plus.ClusterRole.fromClusterRoleName(scope, `ClusterRoleRef-${grant.name}`, metadata.name);
  const binding = new plus.ClusterRoleBinding(scope, `ClusterRoleBinding-${grant.name}`, { metadata, role });
  binding.addSubjects(subject);
  recordReasons(ApiObject.of(binding), bindingReasons);
  // cdk8s gives every object of a chart the chart's namespace, cluster-wide kinds too.
  for (const object of [clusterRole, ApiObject.of(binding)])
    object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
}

/** A rule as people read it: `get,list deployments, statefulsets (apps)`. */
function ruleText({ apiGroups, resources, verbs, resourceNames }: AccessRule): string {
  const groups = apiGroups.map((group) => (group === '' ? 'core' : group)).join(', ');
  const named = resourceNames && resourceNames.length > 0 ? ` named ${resourceNames.join(', ')}` : '';
  return `${verbs.join(',')} ${resources.join(', ')}${groups === 'core' ? '' : ` (${groups})`}${named}`;
}
