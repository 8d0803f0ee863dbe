import type { ICiliumNetworkPolicy } from '@kubernetes-models/cilium/cilium.io/v2/CiliumNetworkPolicy';
import type { ApiObjectProps } from 'cdk8s';
import type { ClusterFacts } from '../facts.ts';
import type { Loose } from '../manifest.ts';
import type { Finding, Problem } from '../problem.ts';
import type { NetworkEngine } from './engine.ts';
import type { Fence, Flow, FlowPort, Labels, Peer } from './flow.ts';
import { internetCidrs } from './internet.ts';

type Spec = NonNullable<Loose<ICiliumNetworkPolicy>['spec']>;
type Egress = NonNullable<Spec['egress']>[number];
type Ingress = NonNullable<Spec['ingress']>[number];

/**
 * Cilium: policies name hosts. Its DNS proxy answers a pod for the names of its own flows alone, so that names cannot
 * carry data out; a pod that may reach the whole internet may ask for every name.
 */
export function cilium(): NetworkEngine {
  return { name: 'cilium', matchesHostNames: true, objects };
}

function objects(fence: Fence, cluster: ClusterFacts): ReturnType<NetworkEngine['objects']> {
  const findings: Finding[] = [];
  const problems: Problem[] = [];
  const outward = fence.flows.filter(({ direction }) => direction === 'out');
  const inward = fence.flows.filter(({ direction }) => direction === 'in');
  for (const { peer } of outward) {
    if (peer.kind === 'internet') {
      findings.push({
        rule: 'reaches-internet',
        message: `pods of ${fence.namespace}/${fence.name} may connect to every public address`,
        why: 'What an agent can read, it can send there.',
      });
    }
  }
  const spec: Spec = {
    endpointSelector: { matchLabels: fence.labels },
    ingress: inward.length > 0 ? inward.map((flow) => ingress(flow, cluster, problems)) : [{}],
    egress: outward.length > 0 ? [...dns(outward, cluster), ...outward.map((flow) => egress(flow))] : [{}],
  };
  const policy: Loose<ICiliumNetworkPolicy> = {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: fence.name, namespace: fence.namespace },
    spec,
  };
  return { objects: [policy as ApiObjectProps], findings, problems };
}

/** DNS for exactly the names that the flows need; nothing for a fence without names. */
function dns(outward: readonly Flow[], cluster: ClusterFacts): Egress[] {
  const names = new Map<string, { matchName: string } | { matchPattern: string }>();
  for (const { peer } of outward) {
    if (peer.kind === 'internet') names.set('*', { matchPattern: '*' });
    else if (peer.kind === 'host') {
      names.set(peer.name, peer.name.includes('*') ? { matchPattern: peer.name } : { matchName: peer.name });
    } else if (peer.kind === 'pods') {
      const pattern = `*.${peer.namespace}.svc.${cluster.serviceDomain}`;
      names.set(pattern, { matchPattern: pattern });
    } else if (peer.kind === 'apiServer') {
      const name = `kubernetes.default.svc.${cluster.serviceDomain}`;
      names.set(name, { matchName: name });
    }
  }
  if (names.size === 0) return [];
  const rules = names.has('*') ? [{ matchPattern: '*' }] : [...names.values()];
  const port = { port: '53', protocol: 'ANY' as const };
  return cluster.dns.map((peer) => ({ ...to(peer), toPorts: [{ ports: [port], rules: { dns: rules } }] }));
}

function egress({ peer, ports }: Flow): Egress {
  return { ...to(peer), toPorts: [{ ports: ports.map(portRule) }] };
}

function to(peer: Peer): Egress {
  switch (peer.kind) {
    case 'host':
      return { toFQDNs: [peer.name.includes('*') ? { matchPattern: peer.name } : { matchName: peer.name }] };
    case 'cidr':
      return { toCIDRSet: [{ cidr: peer.cidr, except: peer.except }] };
    case 'internet':
      return { toCIDRSet: internetCidrs.map(({ cidr, except }) => ({ cidr, except })) };
    case 'pods':
      return { toEndpoints: [{ matchLabels: endpointLabels(peer.namespace, peer.labels) }] };
    case 'apiServer':
      return { toEntities: ['kube-apiserver'] };
    case 'gateway':
      return { toEntities: ['ingress'] };
    case 'dns':
      return { toEndpoints: [{ matchLabels: endpointLabels('kube-system', { 'k8s-app': 'kube-dns' }) }] };
  }
}

function ingress({ peer, ports, because }: Flow, cluster: ClusterFacts, problems: Problem[]): Ingress {
  const toPorts = [{ ports: ports.map(portRule) }];
  if (peer.kind === 'gateway') {
    const peers = cluster.gateway?.peers ?? [];
    if (peers === 'cilium-ingress') return { fromEntities: ['ingress'], toPorts };
    const pods = peers.filter((each) => each.kind === 'pods');
    if (pods.length === 0 || pods.length < peers.length) {
      problems.push({
        message: `cluster ${cluster.name}: the gateway's peers must be pods or 'cilium-ingress'`,
        why: 'Cilium knows pods by their identity: rules for addresses do not match them.',
        help: "Give the namespace and labels of the gateway's data plane.",
      });
    }
    return {
      fromEndpoints: pods.map((each) => ({ matchLabels: endpointLabels(each.namespace, each.labels) })),
      toPorts,
    };
  }
  if (peer.kind === 'pods') {
    return { fromEndpoints: [{ matchLabels: endpointLabels(peer.namespace, peer.labels) }], toPorts };
  }
  if (peer.kind === 'cidr') return { fromCIDRSet: [{ cidr: peer.cidr, except: peer.except }], toPorts };
  problems.push({
    message: `a flow inward cannot come from ${peer.kind} (${because})`,
    help: 'Use pods, a CIDR or the gateway.',
  });
  return { toPorts };
}

function endpointLabels(namespace: string, labels: Labels): Record<string, string> {
  return { 'k8s:io.kubernetes.pod.namespace': namespace, ...labels };
}

function portRule({ port, protocol }: FlowPort): { port: string; protocol: 'TCP' | 'UDP' } {
  return { port: `${port}`, protocol: protocol ?? 'TCP' };
}
