import type { Construct } from 'constructs';
import type { IValidatingAdmissionPolicy } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy';
import type { IValidatingAdmissionPolicyBinding } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding';
import { manifest } from '../manifest.ts';
import { recordSource, type Source } from '../origin.ts';
import type { Reasons } from '../reason.ts';
import type { AccessLimit } from './grant.ts';

/** Whose requests are limited, and what the objects carry. */
export interface Limited {
  /** Annotations that keep an object when its file is gone. */
  readonly keep: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** The ServiceAccount. */
  readonly account: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly reasons: (purpose: string) => Reasons;
  /** The author's line that grants. */
  readonly source?: Source | undefined;
}

/** Makes the objects of a limit: the policy, and a binding that denies, one for each parameter. */
export function makeLimit(scope: Construct, limited: Limited, limit: AccessLimit): void {
  const { namespace, account, labels, annotations, reasons, source } = limited;
  const { demands, apiGroup, resources, operation, params, variables, validations } = limit;
  const name = `${namespace}-${account}-${limit.name}`;
  if (params) keepParams(scope, name, limited, params);
  manifest<IValidatingAdmissionPolicy>(
    scope,
    `ValidatingAdmissionPolicy-${limit.name}`,
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels, annotations: { 'kubernetes.io/description': demands, ...annotations } },
      spec: {
        failurePolicy: 'Fail',
        paramKind: params && { apiVersion: params.apiVersion, kind: params.kind },
        matchConstraints: {
          resourceRules: [{ apiGroups: [apiGroup], apiVersions: ['v1'], operations: [operation], resources }],
        },
        matchConditions: [
          {
            name: 'by-the-agent',
            expression: `request.userInfo.username == 'system:serviceaccount:${namespace}:${account}'`,
          },
        ],
        variables: Object.entries(variables ?? {}).map(([variable, expression]) => ({ name: variable, expression })),
        validations,
      },
    },
    () => reasons(demands),
  );
  for (const param of params?.names ?? [undefined]) {
    const suffix = param === undefined ? '' : `-${param}`;
    const binding = manifest<IValidatingAdmissionPolicyBinding>(
      scope,
      `ValidatingAdmissionPolicyBinding-${limit.name}${suffix}`,
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: `${name}${suffix}`, labels, annotations },
        spec: {
          policyName: name,
          paramRef: param === undefined ? undefined : { name: param, namespace, parameterNotFoundAction: 'Deny' },
          validationActions: ['Deny', 'Audit'],
          // A parameter that is missing refuses every request that the binding selects, whoever makes it.
          matchResources:
            param === undefined
              ? undefined
              : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
        },
      },
      () => reasons(`enforces that: ${demands}`),
    );
    recordSource(binding, source);
  }
}

/**
 * Keeps the API server watching a kind of parameter. Once no binding names a built-in kind, the API server (1.30 to 1.36 at least,
 * kubernetes/kubernetes#130887) never looks at its objects again until it is restarted: a later binding would refuse every
 * request, or go by what the object once was. So this pair, which matches nothing, stays when the limit is taken away.
 */
function keepParams(
  scope: Construct,
  name: string,
  limited: Limited,
  { apiVersion, kind }: NonNullable<AccessLimit['params']>,
): void {
  const metadata = { name: `${name}-params`, labels: limited.labels, annotations: { ...limited.keep } };
  const description = `Matches nothing. As long as it is there, the API server sees changes of ${kind} objects that policies read.`;
  const reasons = () => limited.reasons(`keeps the API server watching ${kind} objects`);
  manifest<IValidatingAdmissionPolicy>(
    scope,
    `ValidatingAdmissionPolicy-${name}-params`,
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { ...metadata, annotations: { 'kubernetes.io/description': description, ...limited.keep } },
      spec: {
        failurePolicy: 'Ignore',
        paramKind: { apiVersion, kind },
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['chitin.dev'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothing'] },
          ],
        },
        validations: [{ expression: 'true' }],
      },
    },
    reasons,
  );
  manifest<IValidatingAdmissionPolicyBinding>(
    scope,
    `ValidatingAdmissionPolicyBinding-${name}-params`,
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: metadata.name,
        paramRef: { selector: {}, parameterNotFoundAction: 'Allow' },
        validationActions: ['Audit'],
      },
    },
    reasons,
  );
}

/**
 * CEL that is true when two objects have the same fields with the same values.
 *
 * @param a an expression that is not null
 * @param except names of fields that may differ
 */
export function sameFields(a: string, b: string, except: readonly string[] = []): string {
  const skip = except.length === 0 ? '' : `f in [${except.map((name) => `'${name}'`).join(', ')}] || `;
  return `${a}.all(f, ${skip}(f in ${b} && ${a}[f] == ${b}[f])) && ${b}.all(f, ${skip}f in ${a})`;
}
