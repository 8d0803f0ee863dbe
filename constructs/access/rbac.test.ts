import { expect, test } from 'vitest';
import { oneAgent, problemsOf, rendered } from '../testing/cluster.ts';
import { type Grant, readCluster } from './index.ts';

const labels = {
  'app.kubernetes.io/name': 'app',
  'app.kubernetes.io/instance': 'agent',
  'app.kubernetes.io/managed-by': 'chitin',
};
const annotations = { 'chitin.dev/because': 'looks at what it is asked about' };
const subjects = [{ apiGroup: '', kind: 'ServiceAccount', name: 'agent', namespace: 'demo' }];
const rules = [{ apiGroups: [''], resources: ['pods'], resourceNames: ['one'], verbs: ['get'] }];

function granted(grant: Grant) {
  const { cluster, agent } = oneAgent();
  agent.grant(grant, { because: 'looks at what it is asked about' });
  return Object.fromEntries(Object.entries(rendered(cluster)).filter(([name]) => /^(Cluster)?Role/.test(name)));
}

test('a grant in the namespace is a Role for the ServiceAccount of the agent, with the reason', () => {
  const metadata = { name: 'agent-look', namespace: 'demo', labels, annotations };
  expect(granted({ name: 'look', scope: 'namespace', rules })).toEqual({
    'Role agent-look': { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
    'RoleBinding agent-look': {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'agent-look' },
      subjects,
    },
  });
});

test('a grant in the cluster is named after the namespace too, and lies in none', () => {
  const metadata = { name: 'demo-agent-look', labels, annotations };
  expect(granted({ name: 'look', scope: 'cluster', rules })).toEqual({
    'ClusterRole demo-agent-look': { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules },
    'ClusterRoleBinding demo-agent-look': {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'demo-agent-look' },
      subjects,
    },
  });
});

test('a grant without a reason is told', () => {
  const { cluster, agent } = oneAgent();
  agent.grant(readCluster, { because: '' });
  expect(problemsOf(cluster)).toEqual([
    { message: 'grant read-cluster: `because` is empty', help: 'Say what the agent needs it for.' },
  ]);
});

test('readCluster only looks, and not at what holds secrets or runs code', () => {
  const verbs = new Set(readCluster.rules.flatMap((rule) => rule.verbs));
  expect([...verbs].sort()).toEqual(['get', 'list', 'watch']);
  const resources = readCluster.rules.flatMap((rule) => rule.resources);
  expect(resources.filter((name) => name.includes('/'))).toEqual(['pods/log']);
  expect(resources.filter((name) => /secret|configmap|role|token|\*/i.test(name))).toEqual([]);
  expect(readCluster.rules.flatMap((rule) => rule.apiGroups)).not.toContain('*');
});
