import type { ICiliumNetworkPolicy } from '@kubernetes-models/cilium/cilium.io/v2/CiliumNetworkPolicy';
import type { ApiObjectProps } from 'cdk8s';
import type { ClusterFacts } from '../facts.ts';
import type { Loose } from '../manifest.ts';
import type { Problem } from '../problem.ts';
import type { Reason } from '../reason.ts';
import type { NetworkEngine } from './engine.ts';
import { gatewayOf, nameServers, notInward } from './engine-problems.ts';
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
  return { matchesHostNames: true, objects };
}

/**
 * An empty rule matches no peer, yet its direction is in default deny; without any rule it would be open
 * (cilium: Documentation/security/policy/language.rst, "Ingress/Egress Default Deny";
 * examples/policies/l3/egress-default-deny; its CRD, spec.egress: "If omitted or empty, this rule does not apply").
 */
const nothing = [{}];

function objects(fence: Fence, cluster: ClusterFacts): ReturnType<NetworkEngine['objects']> {
  const problems: Problem[] = [];
  const outward = fence.flows.filter(({ direction }) => direction === 'out');
  const inward = fence.flows.filter(({ direction }) => direction === 'in');
  const names = namesOf(outward, cluster);
  const dns = dnsOf(names, cluster, problems);
  const egressRules = [
    ...dns([{ port: '53', protocol: 'ANY' }]),
    ...outward.flatMap((flow) => egress(flow, dns, cluster, problems)),
  ];
  const spec: Spec = {
    endpointSelector: { matchLabels: fence.labels },
    ingress: inward.length > 0 ? inward.map((flow) => ingress(flow, cluster, problems)) : nothing,
    egress: egressRules.length > 0 ? egressRules : nothing,
  };
  const policy: Loose<ICiliumNetworkPolicy> = {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: fence.name, namespace: fence.namespace },
    spec,
  };
  return { objects: [policy as ApiObjectProps], implied: impliedBy(names), findings: [], problems };
}

/** The way to the name servers, which is there for the names of the flows. */
function impliedBy(names: readonly Name[]): Reason[] {
  const texts = names.map((name) => ('matchName' in name ? name.matchName : name.matchPattern));
  return names.length === 0 ? [] : [{ what: 'out cluster DNS:53', because: `names of the flows: ${texts.join(', ')}` }];
}

type Name = { matchName: string } | { matchPattern: string };
type PortRule = { port: string; protocol: 'TCP' | 'UDP' | 'ANY' };

/** Rules for name servers at these ports. */
type Dns = (ports: readonly PortRule[]) => Egress[];

/**
 * DNS for exactly the names that the flows need, from the cluster's name servers. Without names there is no rule at all:
 * one with an empty list of names would allow every name.
 */
function dnsOf(names: readonly Name[], cluster: ClusterFacts, problems: Problem[]): Dns {
  const servers = nameServers(cluster, problems).map(to);
  return (ports) =>
    names.length === 0
      ? []
      : servers.map((server) => ({ ...server, toPorts: [{ ports: [...ports], rules: { dns: names } }] }));
}

/** The names that the flows need. */
function namesOf(outward: readonly Flow[], cluster: ClusterFacts): Name[] {
  const names = new Map<string, Name>();
  for (const { peer } of outward) {
    if (peer.kind === 'internet') names.set('*', { matchPattern: '*' });
    else if (peer.kind === 'host') names.set(peer.name, nameRule(peer.name));
    else if (peer.kind === 'pods') {
      const pattern = `*.${peer.namespace}.svc.${cluster.serviceDomain}`;
      names.set(pattern, { matchPattern: pattern });
    } else if (peer.kind === 'apiServer') {
      const name = `kubernetes.default.svc.${cluster.serviceDomain}`;
      names.set(name, { matchName: name });
    }
  }
  return names.has('*') ? [{ matchPattern: '*' }] : [...names.values()];
}

function nameRule(name: string): Name {
  return name.includes('*') ? { matchPattern: name } : { matchName: name };
}

function egress({ peer, ports }: Flow, dns: Dns, cluster: ClusterFacts, problems: Problem[]): Egress[] {
  const rules = ports.map(portRule);
  if (peer.kind === 'dns') return dns(rules);
  const toPorts = [{ ports: rules }];
  if (peer.kind !== 'gateway') return [{ ...to(peer), toPorts }];
  const gateway = gatewayPeers(cluster, problems);
  return [gateway === 'ingress' ? { toEntities: [gateway], toPorts } : { toEndpoints: gateway, toPorts }];
}

function to(peer: Exclude<Peer, { kind: 'dns' | 'gateway' }>): Egress {
  switch (peer.kind) {
    case 'host':
      return { toFQDNs: [nameRule(peer.name)] };
    case 'cidr':
      return { toCIDRSet: [{ cidr: peer.cidr, except: peer.except }] };
    case 'internet':
      return { toCIDRSet: internetCidrs.map(({ cidr, except }) => ({ cidr, except })) };
    case 'pods':
      return { toEndpoints: [{ matchLabels: endpointLabels(peer.namespace, peer.labels) }] };
    case 'apiServer':
      return { toEntities: ['kube-apiserver'] };
  }
}

function ingress(flow: Flow, cluster: ClusterFacts, problems: Problem[]): Ingress {
  const { peer, ports } = flow;
  const toPorts = [{ ports: ports.map(portRule) }];
  if (peer.kind === 'gateway') {
    const gateway = gatewayPeers(cluster, problems);
    return gateway === 'ingress' ? { fromEntities: [gateway], toPorts } : { fromEndpoints: gateway, toPorts };
  }
  if (peer.kind === 'pods') {
    return { fromEndpoints: [{ matchLabels: endpointLabels(peer.namespace, peer.labels) }], toPorts };
  }
  if (peer.kind === 'cidr') return { fromCIDRSet: [{ cidr: peer.cidr, except: peer.except }], toPorts };
  if (peer.kind === 'apiServer') return { fromEntities: ['kube-apiserver'], toPorts };
  problems.push(notInward(flow));
  return {};
}

/** The gateway of the cluster: Cilium's own entity, or the pods of its data plane. */
function gatewayPeers(
  cluster: ClusterFacts,
  problems: Problem[],
): 'ingress' | { matchLabels: Record<string, string> }[] {
  const gateway = gatewayOf(cluster, problems);
  if (!gateway) return [];
  const { peers } = gateway;
  if (peers === 'cilium-ingress') return 'ingress';
  const pods = peers.filter((each) => each.kind === 'pods');
  if (pods.length === 0 || pods.length < peers.length) {
    problems.push({
      message: `cluster ${cluster.name}: the gateway's peers must be pods or 'cilium-ingress'`,
      why: 'Cilium knows pods by their identity: rules for addresses do not match them.',
      help: "Give the namespace and labels of the gateway's data plane.",
    });
  }
  return pods.map((each) => ({ matchLabels: endpointLabels(each.namespace, each.labels) }));
}

function endpointLabels(namespace: string, labels: Labels): Record<string, string> {
  return { 'k8s:io.kubernetes.pod.namespace': namespace, ...labels };
}

function portRule({ port, protocol }: FlowPort): PortRule {
  return { port: `${port}`, protocol: protocol ?? 'TCP' };
}
