import type { Construct } from 'constructs';
import type { IValidatingAdmissionPolicy } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy';
import type { IValidatingAdmissionPolicyBinding } from 'kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding';
import { keys, manifest } from '../manifest.ts';
import type { Problem } from '../problem.ts';
import type { AdmissionPolicy } from './admission-policy.ts';
import { podSpecOf, workloads } from './pod-spec.ts';

/**
 * Makes the objects of a policy. They are not protected from pruning, as the namespaces are: to take a policy away is a
 * commit that a reviewer sees, and it must have an effect.
 */
export function makePolicy(scope: Construct, policy: AdmissionPolicy): void {
  const name = `chitin-${policy.name}`;
  const labels = { [keys.managedBy]: 'chitin' };
  const reasons = (purpose: string) => () => ({ purpose, parts: [{ what: 'demand', because: policy.demands }] });
  manifest<IValidatingAdmissionPolicy>(
    scope,
    `ValidatingAdmissionPolicy-${name}`,
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels, annotations: { 'kubernetes.io/description': policy.demands } },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: workloads.map(({ group, resources }) => ({
            apiGroups: [group],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources,
          })),
        },
        // What was there before the policy can still be scaled down, freed of its finalizers and taken over by its
        // controller; it cannot be given another pod spec that is as bad.
        matchConditions: [
          {
            name: 'pod-spec-is-new',
            expression: `oldObject == null || ${podSpecOf('object')} != ${podSpecOf('oldObject')}`,
          },
        ],
        variables: Object.entries({ podSpec: podSpecOf('object'), ...policy.variables }).map(
          ([variable, expression]) => ({
            name: variable,
            expression,
          }),
        ),
        validations: policy.validations,
      },
    },
    reasons(`policy ${policy.name}`),
  );
  manifest<IValidatingAdmissionPolicyBinding>(
    scope,
    `ValidatingAdmissionPolicyBinding-${name}`,
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name, labels },
      spec: {
        policyName: name,
        validationActions: ['Deny', 'Audit'],
        matchResources: { namespaceSelector: { matchLabels: { [keys.managed]: 'true' } } },
      },
    },
    reasons(`enforces policy ${policy.name} in every namespace of the cluster's apps`),
  );
}

/** What is wrong with the policies of a cluster. */
export function policyProblems(policies: readonly AdmissionPolicy[]): Problem[] {
  const names = policies.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) < index));
  return [...twice].map((name) => ({
    message: `two policies are called ${name}`,
    why: 'One of them would not be there.',
    help: '`policies` takes the place of `admissionPolicies`: list what you want, each once.',
  }));
}
