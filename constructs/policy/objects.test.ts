import { App, Chart } from 'cdk8s';
import { expect, test } from 'vitest';
import { makePolicy } from './objects.ts';

test('a policy is its two objects, which act in the namespaces of the cluster alone', () => {
  const chart = new Chart(new App(), 'cluster');
  makePolicy(chart, {
    name: 'named',
    demands: 'Every pod has a host name.',
    variables: { hostname: "variables.podSpec.?hostname.orValue('')" },
    validations: [
      {
        expression: "variables.hostname != ''",
        messageExpression: "object.metadata.name + ' has no host name'",
        message: 'the pod has no host name',
      },
    ],
  });
  const podSpec = (object: string) =>
    `(${object}.kind == 'Pod' ? ${object}.spec : (${object}.kind == 'CronJob' ? ${object}.spec.jobTemplate.spec : ${object}.spec).template.spec)`;
  const rule = { apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'] };
  const labels = { 'app.kubernetes.io/managed-by': 'chitin' };
  expect(chart.toJson()).toEqual([
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: {
        name: 'chitin-named',
        labels,
        annotations: { 'kubernetes.io/description': 'Every pod has a host name.' },
      },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { ...rule, apiGroups: [''], resources: ['pods', 'pods/ephemeralcontainers'] },
            { ...rule, apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'] },
            { ...rule, apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
          ],
        },
        matchConditions: [
          {
            name: 'pod-spec-is-new',
            expression: `oldObject == null || ${podSpec('object')} != ${podSpec('oldObject')}`,
          },
        ],
        variables: [
          { name: 'podSpec', expression: podSpec('object') },
          { name: 'hostname', expression: "variables.podSpec.?hostname.orValue('')" },
        ],
        validations: [
          {
            expression: "variables.hostname != ''",
            messageExpression: "object.metadata.name + ' has no host name'",
            message: 'the pod has no host name',
          },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      // Nothing protects either from pruning.
      metadata: { name: 'chitin-named', labels },
      spec: {
        policyName: 'chitin-named',
        validationActions: ['Deny', 'Audit'],
        matchResources: { namespaceSelector: { matchLabels: { 'chitin.dev/managed': 'true' } } },
      },
    },
  ]);
});
