import { expect, test } from 'vitest';
import { none } from '../gitops/none.ts';
import { originOf } from '../origin.ts';
import { reportedBelow } from '../problem.ts';
import { oneAgent, rendered } from '../testing/cluster.ts';
import { cordonNodes, type Grant, operate, startJobs } from './index.ts';
import { sameFields } from './limit.ts';

function granted(grant: Grant, changes: Parameters<typeof oneAgent>[1] = {}) {
  const made = oneAgent({}, changes);
  made.agent.grant(grant, { because: 'first aid' });
  const objects = rendered(made.cluster);
  const names = Object.keys(objects).filter((name) => /^(Cluster)?Role|AdmissionPolicy/.test(name));
  return { ...made, objects, names };
}

test('startJobs gives the verbs that kubectl create job needs, limited by the CronJobs themselves', () => {
  const { objects, names } = granted(startJobs(['morning-brief', 'weekly-review']));
  expect(names).toEqual([
    'ValidatingAdmissionPolicy demo-agent-start-jobs-params',
    'ValidatingAdmissionPolicyBinding demo-agent-start-jobs-params',
    'ValidatingAdmissionPolicy demo-agent-start-jobs',
    'ValidatingAdmissionPolicyBinding demo-agent-start-jobs-morning-brief',
    'ValidatingAdmissionPolicyBinding demo-agent-start-jobs-weekly-review',
    'Role agent-start-jobs',
    'RoleBinding agent-start-jobs',
  ]);
  expect(objects['Role agent-start-jobs']?.rules).toEqual([
    {
      apiGroups: ['batch'],
      resources: ['cronjobs'],
      resourceNames: ['morning-brief', 'weekly-review'],
      verbs: ['get'],
    },
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] },
  ]);
  const { variables, validations, ...spec } = objects['ValidatingAdmissionPolicy demo-agent-start-jobs']?.spec ?? {};
  expect(spec).toEqual({
    failurePolicy: 'Fail',
    paramKind: { apiVersion: 'batch/v1', kind: 'CronJob' },
    matchConstraints: {
      resourceRules: [{ apiGroups: ['batch'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['jobs'] }],
    },
    matchConditions: [
      { name: 'by-the-agent', expression: "request.userInfo.username == 'system:serviceaccount:demo:agent'" },
    ],
  });
  expect([variables.length, validations.length]).toEqual([14, 2]);
  expect(objects['ValidatingAdmissionPolicyBinding demo-agent-start-jobs-weekly-review']).toMatchObject({
    metadata: { annotations: { 'chitin.dev/because': 'first aid' } },
    spec: {
      policyName: 'demo-agent-start-jobs',
      paramRef: { name: 'weekly-review', namespace: 'demo', parameterNotFoundAction: 'Deny' },
      validationActions: ['Deny', 'Audit'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'demo' } } },
    },
  });
});

test('what keeps the API server watching parameters matches nothing and stays when the grant goes', () => {
  const { objects } = granted(startJobs(['morning-brief']));
  const prune = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' };
  expect(objects['ValidatingAdmissionPolicy demo-agent-start-jobs-params']).toMatchObject({
    metadata: { annotations: prune },
    spec: {
      failurePolicy: 'Ignore',
      paramKind: { apiVersion: 'batch/v1', kind: 'CronJob' },
      matchConstraints: { resourceRules: [{ apiGroups: ['chitin.dev'], resources: ['nothing'] }] },
    },
  });
  expect(objects['ValidatingAdmissionPolicyBinding demo-agent-start-jobs-params']).toMatchObject({
    metadata: { annotations: prune },
    spec: { paramRef: { selector: {}, parameterNotFoundAction: 'Allow' } },
  });
  for (const name of ['ValidatingAdmissionPolicy demo-agent-start-jobs', 'Role agent-start-jobs'])
    expect(objects[name]?.metadata.annotations).not.toMatchObject(prune);
  expect(granted(startJobs(['morning-brief']), { gitops: none() }).names).toHaveLength(6);
});

test('operate holds in the namespaces that it names, and nowhere else', () => {
  const { objects, names } = granted(operate({ namespaces: ['web', 'demo'] }));
  expect(names).toEqual([
    'ValidatingAdmissionPolicy demo-agent-only-restarts',
    'ValidatingAdmissionPolicyBinding demo-agent-only-restarts',
    'Role demo-agent-operate',
    'RoleBinding demo-agent-operate',
    'Role agent-operate',
    'RoleBinding agent-operate',
  ]);
  expect(objects['Role demo-agent-operate']).toMatchObject({
    metadata: { namespace: 'web' },
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'delete'] },
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'delete'] },
      {
        apiGroups: ['apps'],
        resources: ['deployments', 'statefulsets', 'daemonsets'],
        verbs: ['get', 'list', 'watch', 'patch'],
      },
    ],
  });
  expect(objects['RoleBinding demo-agent-operate']).toMatchObject({
    metadata: { namespace: 'web' },
    roleRef: { kind: 'Role', name: 'demo-agent-operate' },
    subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace: 'demo' }],
  });
  expect(objects['ValidatingAdmissionPolicy demo-agent-only-restarts']?.spec).toMatchObject({
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['apps'], operations: ['UPDATE'], resources: ['deployments', 'statefulsets', 'daemonsets'] },
      ],
    },
    matchConditions: [{ expression: "request.userInfo.username == 'system:serviceaccount:demo:agent'" }],
  });
});

test('cordonNodes is cluster-wide, for get, list and patch of nodes', () => {
  const { objects, names } = granted(cordonNodes);
  expect(names).toEqual([
    'ValidatingAdmissionPolicy demo-agent-only-cordons',
    'ValidatingAdmissionPolicyBinding demo-agent-only-cordons',
    'ClusterRole demo-agent-cordon-nodes',
    'ClusterRoleBinding demo-agent-cordon-nodes',
  ]);
  expect(objects['ClusterRole demo-agent-cordon-nodes']?.rules).toEqual([
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch'] },
  ]);
});

test('what goes past Git is told, at the agent; what a CronJob does anyway is not', () => {
  const told = (grant: Grant) =>
    reportedBelow(granted(grant).cluster).findings.map(
      ({ construct, item }) => `${construct.node.path} ${item.rule}: ${item.message}`,
    );
  expect(told(operate({ namespaces: ['web', 'shop'] }))).toEqual([
    'app/agent grant-operates: the agent may delete pods and Jobs and restart workloads in web, shop',
  ]);
  expect(told(cordonNodes)).toEqual(['app/agent grant-operates: the agent may keep new pods from any node']);
  expect(told(startJobs(['morning-brief']))).toEqual([]);
});

test('a Role and the binding of a limit have the line of their grant, so that what is wrong with them is found there', () => {
  const { cluster, agent } = oneAgent();
  agent.grant(startJobs(['morning-brief']), { because: 'first aid' });
  const lineOf = (id: string) => originOf(agent.node.findChild(id)).source?.line ?? 0;
  rendered(cluster);
  const line = lineOf('Role-start-jobs');
  expect(line).toBeGreaterThan(0);
  expect(line).not.toBe(originOf(agent).source?.line);
  expect(lineOf('ValidatingAdmissionPolicyBinding-start-jobs-morning-brief')).toBe(line);
});

test('objects have the same fields in both directions', () => {
  expect(sameFields('a', 'b')).toBe('a.all(f, (f in b && a[f] == b[f])) && b.all(f, f in a)');
  expect(sameFields('a', 'b', ['x', 'y'])).toBe(
    "a.all(f, f in ['x', 'y'] || (f in b && a[f] == b[f])) && b.all(f, f in ['x', 'y'] || f in a)",
  );
});
