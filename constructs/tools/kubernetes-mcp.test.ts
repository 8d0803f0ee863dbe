import { expect, test } from 'vitest';
import { readCluster } from '../access/read-cluster.ts';
import { accept, reportedBelow } from '../problem.ts';
import { oneAgent, problemsOf, rendered } from '../testing/cluster.ts';
import { kubernetesMcp } from './kubernetes-mcp.ts';

const because = 'says why pods do not run';
const labels = { 'app.kubernetes.io/name': 'app', 'app.kubernetes.io/instance': 'agent-kubernetes' };

test('the token is in the pod of the tool, and the agent has none', () => {
  const { cluster } = oneAgent({ tools: [kubernetesMcp({ because })] });
  const objects = rendered(cluster);
  expect(problemsOf(cluster)).toEqual([]);
  const agent = objects['StatefulSet agent'].spec.template.spec;
  expect(JSON.stringify(agent)).not.toContain('serviceAccountToken');
  expect(objects['CiliumNetworkPolicy agent'].metadata.annotations['chitin.dev/flows']).toBe(
    'out llm/app=llm:8080 (model provider local)\n' +
      'out demo/app.kubernetes.io/name=app,app.kubernetes.io/instance=agent-kubernetes:8080 (tool kubernetes)\n',
  );
  const { spec } = objects['Deployment agent-kubernetes'].spec.template;
  expect(spec).toMatchObject({ serviceAccountName: 'agent-kubernetes', automountServiceAccountToken: false });
  expect(spec.containers[0].volumeMounts).toContainEqual({
    name: 'api-token',
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    readOnly: true,
  });
  expect(objects['CiliumNetworkPolicy agent-kubernetes'].metadata.annotations['chitin.dev/flows']).toBe(
    'in demo/app.kubernetes.io/name=app,app.kubernetes.io/instance=agent:8080 (tool of agent agent)\n' +
      'out the API server:6443 (grants)\n',
  );
});

test('its grants are for its own account, beside those of the agent', () => {
  const { cluster, agent } = oneAgent({ tools: [kubernetesMcp({ because })] });
  agent.grant(readCluster, { because: 'looks by itself' });
  const objects = rendered(cluster);
  expect(objects['ClusterRole demo-agent-kubernetes-read-cluster']).toMatchObject({
    metadata: { labels, annotations: { 'chitin.dev/because': because } },
    rules: readCluster.rules,
  });
  expect(objects['ClusterRole demo-agent-kubernetes-read-cluster'].metadata).not.toHaveProperty('namespace');
  const subject = (name: string) => objects[`ClusterRoleBinding ${name}`].subjects;
  const account = { apiGroup: '', kind: 'ServiceAccount', namespace: 'demo' };
  expect(subject('demo-agent-kubernetes-read-cluster')).toEqual([{ ...account, name: 'agent-kubernetes' }]);
  expect(subject('demo-agent-read-cluster')).toEqual([{ ...account, name: 'agent' }]);
});

test('it reads, offers what its grant allows, and refuses what holds credentials', () => {
  const { cluster } = oneAgent({ tools: [kubernetesMcp({ because })] });
  const { data } = rendered(cluster)['ConfigMap agent-kubernetes'];
  const kinds = ['ConfigMap', 'Secret', 'ServiceAccount'];
  const roles = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];
  const denied = (group: string) => (kind: string) =>
    `\n[[denied_resources]]\ngroup = "${group}"\nversion = "v1"\nkind = "${kind}"\n`;
  expect(data['config.toml']).toBe(`port = "8080"
read_only = true
stateless = true
toolsets = ["core"]
enabled_tools = ["events_list", "namespaces_list", "pods_get", "pods_list", "pods_list_in_namespace", "pods_log", "resources_get", "resources_list"]
cluster_provider_strategy = "in-cluster"
${kinds.map(denied('')).join('')}${roles.map(denied('rbac.authorization.k8s.io')).join('')}`);
});

test('that it asks for no token is a finding, which its author can accept', () => {
  const { cluster, agent } = oneAgent({ tools: [kubernetesMcp({ because })] });
  rendered(cluster);
  expect(reportedBelow(cluster).findings.map(({ item }) => item)).toEqual([
    {
      rule: 'tool-without-token',
      message: 'tool kubernetes answers whoever reaches its pod',
      why: 'It asks its callers for no token. Its fence admits the agent alone, where the cluster enforces network policies.',
      help: 'Give it a token, if it knows one, or accept it with the reason.',
    },
  ]);
  accept(agent, 'tool-without-token', { because: 'the cluster enforces them' });
  expect(reportedBelow(cluster).findings).toEqual([]);
});

test('a grant without a reason, and grants where there is no account for them', () => {
  const reasonless = kubernetesMcp({ because: ' ' });
  const { cluster } = oneAgent({
    tools: [reasonless, { ...kubernetesMcp({ because }), name: 'near', place: 'sidecar' }],
  });
  expect(problemsOf(cluster)).toEqual([
    {
      message: 'tool kubernetes: grant read-cluster: `because` is empty',
      help: 'Say what the agent needs it for.',
    },
    {
      message: 'tool near has grants at place "sidecar"',
      why: 'Only a pod of its own has a ServiceAccount of its own.',
      help: 'Give it the place "pod".',
    },
  ]);
});
