import type { KubeObject, Manifest } from '../../manifest/manifest.ts';
import { type Fields, fields, items, text } from '../../manifest/pod-specs.ts';
import { isClusterWide } from '../../manifest/scope.ts';

/** An object as rules and selectors see the request that creates it. */
export interface Subject {
  readonly object: KubeObject;
  readonly group: string;
  readonly version: string;
  /** Plural: `statefulsets`. */
  readonly resource: string;
  readonly scope: 'Cluster' | 'Namespaced';
}

/** The subject of an object; its resource is guessed from the kind as apimachinery's `UnsafeGuessKindToResource` does. */
export function subjectOf(object: KubeObject): Subject {
  const { apiVersion, kind } = object;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const singular = kind.toLowerCase();
  const resource = singular.endsWith('s')
    ? `${singular}es`
    : singular.endsWith('y')
      ? `${singular.slice(0, -1)}ies`
      : `${singular}s`;
  return { object, group, version, resource, scope: isClusterWide(apiVersion, kind) ? 'Cluster' : 'Namespaced' };
}

/** Labels of each Namespace among manifests. */
export function namespacesOf(manifests: readonly Manifest[]): Map<string, Fields> {
  const namespaces = manifests.flatMap(({ object }) => (isNamespace(object) ? [object] : []));
  return new Map(namespaces.map((object) => [object.metadata.name, labelsOf(object)]));
}

function isNamespace({ apiVersion, kind }: KubeObject): boolean {
  return apiVersion === 'v1' && kind === 'Namespace';
}

/** Labels of a Namespace, with the one that the API server adds. */
function labelsOf({ metadata }: KubeObject): Fields {
  return { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
}

/**
 * Whether MatchResources (admissionregistration.k8s.io/v1) select a request. No, when it hangs on labels of a namespace that
 * is not among the manifests, or on the object's form in another version (`matchPolicy: Equivalent`).
 */
export function selects(matchResources: unknown, subject: Subject, namespaces: ReadonlyMap<string, Fields>): boolean {
  const match = fields(matchResources);
  const rules = items(match.resourceRules);
  // Policies must not keep anybody from repairing them.
  if (subject.group === 'admissionregistration.k8s.io') return false;
  return (
    (rules.length === 0 || rules.some((rule) => ruleSelects(fields(rule), subject))) &&
    !items(match.excludeResourceRules).some((rule) => ruleSelects(fields(rule), subject)) &&
    selectorAdmits(match.objectSelector, subject.object.metadata.labels ?? {}) &&
    namespaceSelected(match.namespaceSelector, subject, namespaces)
  );
}

/** Whether MatchResources can select any object of a subject's kind. */
export function canSelectKind(matchResources: unknown, subject: Subject): boolean {
  const rules = items(fields(matchResources).resourceRules);
  return rules.length === 0 || rules.some((rule) => ruleSelectsKind(fields(rule), subject));
}

/** A NamedRuleWithOperations. */
function ruleSelects(rule: Fields, subject: Subject): boolean {
  const { name } = subject.object.metadata;
  const names = items(rule.resourceNames);
  return ruleSelectsKind(rule, subject) && (names.length === 0 || names.includes(name));
}

function ruleSelectsKind(rule: Fields, { group, version, resource, scope }: Subject): boolean {
  return (
    (has(rule.resources, resource) || has(rule.resources, '*/*') || has(rule.resources, `${resource}/*`)) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    has(rule.operations, 'CREATE') &&
    [undefined, '*', scope].includes(text(rule.scope))
  );
}

/** Whether a list has a value, or the star for all. */
function has(list: unknown, value: string): boolean {
  return items(list).includes(value) || items(list).includes('*');
}

function namespaceSelected(
  selector: unknown,
  { object, scope }: Subject,
  namespaces: ReadonlyMap<string, Fields>,
): boolean {
  if (isNamespace(object)) return selectorAdmits(selector, labelsOf(object));
  if (scope === 'Cluster' || isEmpty(selector)) return true;
  const labels = namespaces.get(object.metadata.namespace ?? '');
  return labels !== undefined && selectorAdmits(selector, labels);
}

function isEmpty(selector: unknown): boolean {
  const { matchLabels, matchExpressions } = fields(selector);
  return Object.keys(fields(matchLabels)).length === 0 && items(matchExpressions).length === 0;
}

/** A LabelSelector; an empty one admits everything. */
function selectorAdmits(selector: unknown, labels: Fields): boolean {
  const { matchLabels, matchExpressions } = fields(selector);
  return (
    Object.entries(fields(matchLabels)).every(([key, value]) => labels[key] === value) &&
    items(matchExpressions).every((each) => {
      const { key, operator, values } = fields(each);
      const value = labels[String(key)];
      if (operator === 'In') return items(values).includes(value);
      if (operator === 'NotIn') return !items(values).includes(value);
      return (operator === 'Exists') === (value !== undefined);
    })
  );
}
