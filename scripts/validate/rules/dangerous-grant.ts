import type { KubeObject, Manifest } from '../../manifest/manifest.ts';
import { fields, items, text } from '../../manifest/pod-specs.ts';
import type { Rule, Violation } from '../rule.ts';
import { type DangerousRight, dangerousRights, dangerousRoles } from './dangerous-rights.ts';

const help = 'Take it away, limit it for this account with a ValidatingAdmissionPolicy, or accept it with the reason.';

/**
 * Judges what Roles of the same manifests give to ServiceAccounts of the same manifests' bindings. A right counts as limited
 * when a ValidatingAdmissionPolicy with a binding that denies is about the requests of exactly that account, for that
 * resource and that operation; what it says is for the reviewer to read.
 */
export const dangerousGrant: Rule = {
  id: 'dangerous-grant',
  severity: 'warning',
  doc: 'No ServiceAccount is given an API right that leads to more than it says: to Secrets, other accounts, nodes or the whole cluster.',
  check: (manifests) => {
    const roles = new Map(
      manifests
        .filter(({ object }) => isRbac(object, 'Role') || isRbac(object, 'ClusterRole'))
        .map((manifest) => [roleId(manifest.object.kind, manifest.object.metadata), manifest]),
    );
    const limits = manifests.flatMap(limitsIn(manifests));
    const seen = new Set<string>();
    return manifests
      .filter(({ object }) => isRbac(object, 'RoleBinding') || isRbac(object, 'ClusterRoleBinding'))
      .flatMap((binding) => {
        const { roleRef, metadata } = binding.object;
        const kind = text(fields(roleRef).kind) ?? '';
        const name = text(fields(roleRef).name) ?? '';
        const role = roles.get(roleId(kind, { name, ...(kind === 'Role' ? { namespace: metadata.namespace } : {}) }));
        const builtIn = kind === 'ClusterRole' && !role ? dangerousRoles[name] : undefined;
        return accountsOf(binding.object).flatMap((account): Violation[] => {
          if (builtIn !== undefined) {
            const message = `${account.shown} has the ClusterRole ${name}${where(metadata.namespace)}`;
            return [{ manifest: binding, path: '$.roleRef', message, why: builtIn, help }];
          }
          // Bindings of one Role in several namespaces say the same of it.
          return rightsOf(role, metadata.namespace, (right) => limits.some((limit) => isLimited(limit, account, right)))
            .map((violation) => ({ ...violation, message: `${account.shown} may ${violation.message}` }))
            .filter(({ manifest, path, message }) => {
              const id = `${manifest.file} ${path} ${message}`;
              if (seen.has(id)) return false;
              seen.add(id);
              return true;
            });
        });
      });
  },
};

/** A verb on a resource. */
interface Right {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
}

/** The rights of a role that are dangerous and that nothing limits, in the words that follow "may". */
function rightsOf(
  role: Manifest | undefined,
  namespace: string | undefined,
  limited: (right: Right) => boolean,
): Violation[] {
  return items(role?.object.rules).flatMap((each, index) => {
    const rule = fields(each);
    const list = (field: string) => items(rule[field]).flatMap((value) => text(value) ?? []);
    const [groups, resources, verbs] = [list('apiGroups'), list('resources'), list('verbs')];
    const found = (message: string, why: string): Violation[] =>
      role ? [{ manifest: role, path: `$.rules[${index}]`, message: `${message}${where(namespace)}`, why, help }] : [];
    if (verbs.includes('*')) {
      return found(
        `do everything with ${resources.join(', ')}`,
        'Every verb is in it, those that run programs or give rights too.',
      );
    }
    if (resources.some((resource) => resource === '*' || resource.startsWith('*/'))) {
      const why = 'Every kind is in it, Secrets too, and those that come later.';
      return found(`${verbs.join(', ')} ${resources.join(', ')}`, why);
    }
    return dangerousRights.flatMap((right) => {
      if (right.namespace !== undefined && namespace !== undefined && namespace !== right.namespace) return [];
      const own = (right.resources ?? resources).filter(
        (resource) => resources.includes(resource) && (right.group === undefined || hasGroup(groups, right.group)),
      );
      const pairs = own.flatMap((resource) =>
        verbs
          .filter((verb) => isVerb(right, verb))
          .map((verb) => ({ group: right.group ?? groups[0] ?? '', resource, verb })),
      );
      const open = pairs.filter((pair) => !limited(pair));
      if (open.length === 0) return [];
      const distinct = (values: readonly string[]) => [...new Set(values)].join(', ');
      return found(
        `${distinct(open.map(({ verb }) => verb))} ${distinct(open.map(({ resource }) => resource))}`,
        right.why,
      );
    });
  });
}

function hasGroup(groups: readonly string[], group: string): boolean {
  return groups.includes('*') || groups.includes(group);
}

/** Since Kubernetes 1.35 impersonation has verbs of its own, such as `impersonate:user-info` (KEP-5284). */
function isVerb({ verbs }: DangerousRight, verb: string): boolean {
  return verbs.includes(verb) || (verbs.includes('impersonate') && verb.startsWith('impersonate:'));
}

interface Account {
  readonly shown: string;
  /** As `request.userInfo.username` has it; undefined for a group. */
  readonly username?: string;
}

/** ServiceAccounts, and groups that hold them, that a binding is for. */
function accountsOf({ subjects, metadata }: KubeObject): Account[] {
  return items(subjects).flatMap((subject): Account[] => {
    const { kind, name, namespace } = fields(subject);
    if (kind === 'ServiceAccount') {
      const place = text(namespace) ?? metadata.namespace ?? '';
      return [{ shown: `ServiceAccount ${place}/${name}`, username: `system:serviceaccount:${place}:${name}` }];
    }
    const group = kind === 'Group' ? (text(name) ?? '') : '';
    return /^system:(serviceaccounts(:|$)|(un)?authenticated$)/.test(group)
      ? [{ shown: `every account of ${group}` }]
      : [];
  });
}

/** What a ValidatingAdmissionPolicy that denies is about. */
interface Limit {
  readonly username: string;
  readonly rules: readonly unknown[];
}

/** The policies for the requests of one account, which stands in a match condition and nothing beside it. */
function limitsIn(manifests: readonly Manifest[]): (manifest: Manifest) => Limit[] {
  const denying = new Set(
    manifests
      .filter(({ object }) => object.kind === 'ValidatingAdmissionPolicyBinding')
      .map(({ object }) => fields(object.spec))
      .filter(({ validationActions }) => items(validationActions).includes('Deny'))
      .map(({ policyName }) => policyName),
  );
  return ({ object }) => {
    const spec = fields(object.spec);
    if (object.kind !== 'ValidatingAdmissionPolicy' || !denying.has(object.metadata.name)) return [];
    const conditions = items(spec.matchConditions).map((each) => text(fields(each).expression) ?? '');
    const username = /^\s*request\.userInfo\.username == (['"])(system:serviceaccount:[^'"]+)\1\s*$/.exec(
      conditions[0] ?? '',
    );
    if (conditions.length !== 1 || !username?.[2] || spec.failurePolicy === 'Ignore') return [];
    return [{ username: username[2], rules: items(fields(spec.matchConstraints).resourceRules) }];
  };
}

const operations: Readonly<Record<string, string>> = {
  create: 'CREATE',
  update: 'UPDATE',
  patch: 'UPDATE',
  delete: 'DELETE',
};

function isLimited({ username, rules }: Limit, account: Account, { group, resource, verb }: Right): boolean {
  const operation = operations[verb];
  return (
    username === account.username &&
    operation !== undefined &&
    rules.some((each) => {
      const rule = fields(each);
      return (
        items(rule.apiGroups).includes(group) &&
        items(rule.resources).includes(resource) &&
        items(rule.operations).includes(operation) &&
        items(rule.resourceNames).length === 0
      );
    })
  );
}

function where(namespace: string | undefined): string {
  return namespace === undefined ? ' everywhere' : ` in ${namespace}`;
}

function isRbac({ apiVersion, kind }: KubeObject, wanted: string): boolean {
  return apiVersion.startsWith('rbac.authorization.k8s.io/') && kind === wanted;
}

function roleId(
  kind: string,
  { name, namespace }: { readonly name: string; readonly namespace?: string | undefined },
): string {
  return `${kind} ${kind === 'Role' ? namespace : ''}/${name}`;
}
