import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../manifest/manifest.ts';
import { dangerousGrant } from './dangerous-grant.ts';

const rbac = 'rbac.authorization.k8s.io/v1';
const account = { kind: 'ServiceAccount', name: 'agent', namespace: 'demo' };

function check(...objects: readonly object[]): string[] {
  const manifests = (objects as KubeObject[]).map((object, index) => ({
    object,
    file: `${index}.yaml`,
    origin: { path: 'x' },
  }));
  return dangerousGrant
    .check(manifests, { existing: [] })
    .map(({ manifest, path, message }) => `${manifest.object.kind} ${path}: ${message}`);
}

const role = (...rules: readonly object[]) => ({
  apiVersion: rbac,
  kind: 'Role',
  metadata: { name: 'role', namespace: 'demo' },
  rules,
});
const clusterRole = (...rules: readonly object[]) => ({
  apiVersion: rbac,
  kind: 'ClusterRole',
  metadata: { name: 'role' },
  rules,
});
const binding = (changes: object = {}) => ({
  apiVersion: rbac,
  kind: 'RoleBinding',
  metadata: { name: 'binding', namespace: 'demo' },
  roleRef: { kind: 'Role', name: 'role' },
  subjects: [account],
  ...changes,
});
const everywhere = (changes: object = {}) => ({
  apiVersion: rbac,
  kind: 'ClusterRoleBinding',
  metadata: { name: 'binding' },
  roleRef: { kind: 'ClusterRole', name: 'role' },
  subjects: [account],
  ...changes,
});

const rule = (group: string, resources: string, verbs: string) => ({
  apiGroups: [group],
  resources: resources.split(','),
  verbs: verbs.split(','),
});
const granted = (...rules: readonly object[]) =>
  check(role(...rules), binding()).map((text) => text.replace('ServiceAccount demo/agent may ', ''));

describe('what an agent must not be given', () => {
  test.each([
    [rule('', 'pods', '*'), 'do everything with pods in demo'],
    [rule('*', '*', 'get'), 'get * in demo'],
    [rule('*', '*/scale', 'patch'), 'patch */scale in demo'],
    [rule('rbac.authorization.k8s.io', 'roles', 'escalate'), 'escalate roles in demo'],
    [rule('rbac.authorization.k8s.io', 'clusterroles', 'bind'), 'bind clusterroles in demo'],
    [rule('', 'users,groups', 'impersonate'), 'impersonate users, groups in demo'],
    [rule('authentication.k8s.io', 'users', 'impersonate:user-info'), 'impersonate:user-info users in demo'],
    [rule('', 'secrets', 'get'), 'get secrets in demo'],
    [{ ...rule('', 'secrets', 'get'), resourceNames: ['one'] }, 'get secrets in demo'],
    [rule('', 'secrets,configmaps', 'list,watch,delete'), 'list, watch secrets in demo'],
    [rule('*', 'secrets', 'list'), 'list secrets in demo'],
    [rule('', 'pods/exec', 'create'), 'create pods/exec in demo'],
    [rule('', 'pods/exec', 'get'), 'get pods/exec in demo'],
    [rule('', 'pods/attach,pods/portforward', 'create'), 'create pods/attach, pods/portforward in demo'],
    [rule('', 'pods/ephemeralcontainers', 'patch'), 'patch pods/ephemeralcontainers in demo'],
    [rule('', 'nodes/proxy', 'get'), 'get nodes/proxy in demo'],
    [rule('', 'serviceaccounts/token', 'create'), 'create serviceaccounts/token in demo'],
    [rule('', 'pods', 'create'), 'create pods in demo'],
    [rule('apps', 'deployments', 'patch'), 'patch deployments in demo'],
    [rule('batch', 'jobs,cronjobs', 'get,create'), 'create jobs, cronjobs in demo'],
    [rule('', 'persistentvolumes', 'create'), 'create persistentvolumes in demo'],
    [rule('', 'nodes', 'patch'), 'patch nodes in demo'],
    [rule('', 'namespaces', 'patch'), 'patch namespaces in demo'],
    [
      rule('certificates.k8s.io', 'certificatesigningrequests/approval', 'update'),
      'update certificatesigningrequests/approval in demo',
    ],
    [rule('certificates.k8s.io', 'signers', 'approve'), 'approve signers in demo'],
    [
      rule('admissionregistration.k8s.io', 'mutatingwebhookconfigurations', 'patch'),
      'patch mutatingwebhookconfigurations in demo',
    ],
    [
      rule('admissionregistration.k8s.io', 'validatingadmissionpolicies', 'delete'),
      'delete validatingadmissionpolicies in demo',
    ],
    [rule('policies.kyverno.io', 'imagevalidatingpolicies', 'delete'), 'delete imagevalidatingpolicies in demo'],
    [rule('rbac.authorization.k8s.io', 'clusterroles', 'create'), 'create clusterroles in demo'],
    [rule('apiextensions.k8s.io', 'customresourcedefinitions', 'update'), 'update customresourcedefinitions in demo'],
    [rule('kustomize.toolkit.fluxcd.io', 'kustomizations', 'patch'), 'patch kustomizations in demo'],
    [rule('helm.toolkit.fluxcd.io', 'helmreleases', 'patch'), 'patch helmreleases in demo'],
    [rule('source.toolkit.fluxcd.io', 'gitrepositories', 'patch'), 'patch gitrepositories in demo'],
    [rule('argoproj.io', 'applications', 'create'), 'create applications in demo'],
    [rule('bitnami.com', 'sealedsecrets', 'create'), 'create sealedsecrets in demo'],
    [rule('external-secrets.io', 'externalsecrets', 'create'), 'create externalsecrets in demo'],
  ])('%j', (given, told) => {
    expect(granted(given)).toEqual([`Role $.rules[0]: ${told}`]);
  });

  test.each([
    rule('', 'pods,pods/log,events,services,nodes', 'get,list,watch'),
    rule('', 'pods', 'delete'),
    rule('batch', 'jobs', 'delete'),
    rule('', 'configmaps', 'patch'),
    rule('example.test', 'secrets', 'get'),
    rule('apps', 'deployments/scale', 'patch'),
    rule('policies.kyverno.io', 'imagevalidatingpolicies', 'get'),
  ])('%j is nothing of that', (given) => {
    expect(granted(given)).toEqual([]);
  });

  test('each rule is told, and each right in it', () => {
    expect(granted(rule('', 'pods', 'get'), rule('', 'secrets,pods/exec,pods', 'get,create'))).toEqual([
      'Role $.rules[1]: get secrets in demo',
      'Role $.rules[1]: get, create pods/exec in demo',
      'Role $.rules[1]: create pods in demo',
    ]);
  });
});

describe('whose right it is', () => {
  const list = rule('', 'secrets', 'list');
  const told = (who: string, place: string) => [`ClusterRole $.rules[0]: ${who} may list secrets${place}`];

  test('a ClusterRole holds where it is bound', () => {
    expect(check(clusterRole(list), everywhere())).toEqual(told('ServiceAccount demo/agent', ' everywhere'));
    const roleRef = { kind: 'ClusterRole', name: 'role' };
    expect(check(clusterRole(list), binding({ roleRef }))).toEqual(told('ServiceAccount demo/agent', ' in demo'));
  });

  test('groups of accounts count, people do not', () => {
    for (const name of ['system:serviceaccounts', 'system:serviceaccounts:demo', 'system:authenticated']) {
      const subjects = [{ kind: 'Group', name }];
      expect(check(clusterRole(list), everywhere({ subjects }))).toEqual(
        told(`every account of ${name}`, ' everywhere'),
      );
    }
    const people = [
      { kind: 'Group', name: 'operators' },
      { kind: 'User', name: 'sam' },
    ];
    expect(check(clusterRole(list), everywhere({ subjects: people }))).toEqual([]);
  });

  test('an account of the namespace of its binding, and the same right twice', () => {
    const subjects = [{ kind: 'ServiceAccount', name: 'agent' }, account];
    expect(check(role(list), binding({ subjects }))).toEqual([
      'Role $.rules[0]: ServiceAccount demo/agent may list secrets in demo',
    ]);
  });

  test('a Role that nobody is bound to, or that is not among the manifests', () => {
    expect(check(role(list))).toEqual([]);
    expect(check(binding())).toEqual([]);
    expect(check({ ...role(list), metadata: { name: 'role', namespace: 'other' } }, binding())).toEqual([]);
  });

  test.each(['cluster-admin', 'admin', 'edit'])('the built-in ClusterRole %s', (name) => {
    expect(check(everywhere({ roleRef: { kind: 'ClusterRole', name } }))).toEqual([
      `ClusterRoleBinding $.roleRef: ServiceAccount demo/agent has the ClusterRole ${name} everywhere`,
    ]);
  });

  test('the built-in ClusterRole view reads no Secrets', () => {
    expect(check(everywhere({ roleRef: { kind: 'ClusterRole', name: 'view' } }))).toEqual([]);
  });

  test('ConfigMaps of kube-system', () => {
    const patch = rule('', 'configmaps', 'patch');
    const metadata = { name: 'role', namespace: 'kube-system' };
    expect(check({ ...role(patch), metadata }, binding({ metadata }))).toEqual([
      'Role $.rules[0]: ServiceAccount demo/agent may patch configmaps in kube-system',
    ]);
    expect(check(clusterRole(patch), everywhere())).toEqual([
      'ClusterRole $.rules[0]: ServiceAccount demo/agent may patch configmaps everywhere',
    ]);
  });
});

describe('a right that a policy limits', () => {
  const jobs = rule('batch', 'jobs', 'create');
  const policy = (changes: object = {}) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'limit' },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: ['batch'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['jobs'] }],
      },
      matchConditions: [{ name: 'who', expression: "request.userInfo.username == 'system:serviceaccount:demo:agent'" }],
      ...changes,
    },
  });
  const enforced = (validationActions: readonly string[] = ['Deny']) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'limit' },
    spec: { policyName: 'limit', validationActions },
  });
  const told = ['Role $.rules[0]: ServiceAccount demo/agent may create jobs in demo'];

  test('is not told', () => {
    expect(check(role(jobs), binding(), policy(), enforced())).toEqual([]);
  });

  test.each([
    ['not bound', [policy()]],
    ['only audited', [policy(), enforced(['Audit'])]],
    ['failing open', [policy({ failurePolicy: 'Ignore' }), enforced()]],
    ['about everybody', [policy({ matchConditions: [] }), enforced()]],
    [
      "about another account's requests",
      [
        policy({
          matchConditions: [
            { name: 'who', expression: "request.userInfo.username == 'system:serviceaccount:demo:other'" },
          ],
        }),
        enforced(),
      ],
    ],
    [
      "about some of the account's requests",
      [
        policy({
          matchConditions: [
            { name: 'who', expression: "request.userInfo.username == 'system:serviceaccount:demo:agent' && object.a" },
          ],
        }),
        enforced(),
      ],
    ],
    [
      'about another operation',
      [
        policy({
          matchConstraints: { resourceRules: [{ apiGroups: ['batch'], operations: ['UPDATE'], resources: ['jobs'] }] },
        }),
        enforced(),
      ],
    ],
  ])('is told when the policy is %s', (_, objects) => {
    expect(check(role(jobs), binding(), ...objects)).toEqual(told);
  });

  test('another right beside it is told', () => {
    expect(check(role(rule('batch', 'jobs,cronjobs', 'create,patch')), binding(), policy(), enforced())).toEqual([
      'Role $.rules[0]: ServiceAccount demo/agent may patch, create jobs, cronjobs in demo',
    ]);
  });
});
