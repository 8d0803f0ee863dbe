import { expect, test } from 'vitest';
import { Cluster, type ClusterProps } from '../cluster.ts';
import { kubernetesNetworkPolicies } from '../network/kubernetes-network-policies.ts';
import { pods } from '../network/peers.ts';
import { reportedBelow } from '../problem.ts';
import { plain, rendered } from '../testing/cluster.ts';
import { SealedSecretsGuard, type SealedSecretsGuardProps } from './sealed-secrets-guard.ts';

function guarded(props: SealedSecretsGuardProps = {}, changes: Partial<ClusterProps> = {}) {
  const cluster = new Cluster('test', { ...plain, ...changes, apps: (root) => new SealedSecretsGuard(root, props) });
  return { objects: rendered(cluster), problems: reportedBelow(cluster).problems };
}

const name = 'sealed-secrets-guard';
const prometheus = pods('monitoring', { 'app.kubernetes.io/name': 'prometheus' });

test('nobody reaches the controller, and it reaches the API server alone', () => {
  const { objects, problems } = guarded();
  expect(problems).toEqual([]);
  const policy = objects[`CiliumNetworkPolicy ${name}`];
  expect(policy?.metadata).toMatchObject({
    namespace: 'kube-system',
    labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': 'chitin' },
  });
  expect(policy?.spec.endpointSelector).toEqual({ matchLabels: { 'app.kubernetes.io/name': 'sealed-secrets' } });
  expect(policy?.spec.ingress).toEqual([{}]);
  expect(policy?.spec.egress.at(-1)).toEqual({
    toEntities: ['kube-apiserver'],
    toPorts: [{ ports: [{ port: '6443', protocol: 'TCP' }] }],
  });
});

test('the service proxy and whoever reads metrics are let in when that is said, each at its port', () => {
  const { objects } = guarded({ serviceProxy: true, metrics: prometheus });
  const port = (number: number) => [{ ports: [{ port: `${number}`, protocol: 'TCP' }] }];
  expect(objects[`CiliumNetworkPolicy ${name}`]?.spec.ingress).toEqual([
    { fromEntities: ['kube-apiserver'], toPorts: port(8080) },
    {
      fromEndpoints: [
        { matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'monitoring', 'app.kubernetes.io/name': 'prometheus' } },
      ],
      toPorts: port(8081),
    },
  ]);
});

test('with plain network policies, in another namespace', () => {
  const own = { namespace: 'sealed-secrets', labels: { name: 'sealed-secrets-controller' }, serviceProxy: true };
  const changes = { network: kubernetesNetworkPolicies(), apiServer: { cidrs: ['192.0.2.1/32'], port: 443 } } as const;
  const { objects, problems } = guarded(own, changes);
  expect(problems).toEqual([]);
  const { metadata, spec } = objects[`NetworkPolicy ${name}`] ?? {};
  expect(metadata?.namespace).toBe('sealed-secrets');
  expect(spec.podSelector).toEqual({ matchLabels: own.labels });
  const apiServer = [{ ipBlock: { cidr: '192.0.2.1/32' } }];
  expect(spec.ingress).toEqual([{ from: apiServer, ports: [{ port: 8080, protocol: 'TCP' }] }]);
  expect(spec.egress.at(-1)).toEqual({ to: apiServer, ports: [{ port: 443, protocol: 'TCP' }] });
});

test('the policy is about the namespace of the controller alone', () => {
  const { objects } = guarded({ namespace: 'sealed-secrets' });
  expect(objects[`ValidatingAdmissionPolicyBinding chitin-${name}`]?.spec).toEqual({
    policyName: `chitin-${name}`,
    validationActions: ['Deny', 'Audit'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'sealed-secrets' } } },
  });
});
