import { isDeepStrictEqual } from 'node:util';
import type { ApiObjectProps } from 'cdk8s';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { INetworkPolicyPort } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort';
import type { ClusterFacts } from '../facts.ts';
import type { Loose } from '../manifest.ts';
import type { Finding, Problem } from '../problem.ts';
import type { NetworkEngine } from './engine.ts';
import { nameServers, notInward } from './engine-problems.ts';
import { type Fence, type Flow, type FlowPort, type Peer, peerText } from './flow.ts';
import { isOpenHost, type PolicyFlow, type PolicyPeer, policyPeers } from './policy-peers.ts';

/**
 * Kubernetes' own policies (`networking.k8s.io/v1`), for any network plugin that enforces them. They know pods and addresses, not
 * names:
 *
 * - A host is its `addresses`; one with `'public'` is the whole internet, with the finding `host-names-not-enforced`.
 * - A pod that needs one name may ask DNS for every name, and so can carry data out in the names that it asks for.
 * - They act after translation of the addresses of Services, so the API server is the addresses in `apiServer` of the cluster.
 *
 * Under Cilium use `cilium()`: there an `ipBlock` is no node and no API server, unless its `policyCIDRMatchMode` says so.
 */
export function kubernetesNetworkPolicies(): NetworkEngine {
  return { matchesHostNames: false, objects };
}

function objects(fence: Fence, cluster: ClusterFacts): ReturnType<NetworkEngine['objects']> {
  const problems: Problem[] = [];
  const outward = outwardFlows(fence, cluster, problems);
  const inward = inwardFlows(fence, problems);
  const peersOf = (flow: PolicyFlow) => policyPeers(flow, cluster, problems);
  const policy: Loose<INetworkPolicy> = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: fence.name, namespace: fence.namespace },
    spec: {
      podSelector: { matchLabels: fence.labels },
      // By default a policy without egress rules leaves egress open; named here, a direction without rules is denied.
      policyTypes: ['Ingress', 'Egress'],
      ingress: some(rules(inward, peersOf).map(({ peers, ports }) => ({ from: peers, ports }))),
      egress: some(rules(outward, peersOf).map(({ peers, ports }) => ({ to: peers, ports }))),
    },
  };
  return {
    objects: [policy as ApiObjectProps],
    implied: needNames(fence)
      ? [{ what: 'out cluster DNS:53', because: 'names of the flows, and any other name' }]
      : [],
    findings: openHosts(fence, outward, cluster),
    problems: unique(problems),
  };
}

/** The API server does not store an empty list, so that one would always differ from what is applied. */
function some<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}

function inwardFlows({ flows }: Fence, problems: Problem[]): PolicyFlow[] {
  return flows.flatMap((flow) => {
    const { direction, peer } = flow;
    if (direction === 'out') return [];
    if (peer.kind !== 'dns' && peer.kind !== 'host' && peer.kind !== 'internet') return [{ ...flow, peer }];
    problems.push(notInward(flow));
    return [];
  });
}

/** Peers that are found by name: pods by that of their Service. */
const named: ReadonlySet<Peer['kind']> = new Set(['host', 'pods', 'internet', 'apiServer']);

function needNames({ flows }: Fence): boolean {
  return flows.some(({ direction, peer }) => direction === 'out' && named.has(peer.kind));
}

/** A flow to DNS that is there whenever another needs names. */
const names: Flow = {
  direction: 'out',
  peer: { kind: 'dns' },
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
  because: 'names',
};

function outwardFlows(fence: Fence, cluster: ClusterFacts, problems: Problem[]): PolicyFlow[] {
  const servers = nameServers(cluster, problems);
  const flows = fence.flows.filter(({ direction }) => direction === 'out');
  const all = needNames(fence) ? [names, ...flows] : flows;
  return all.flatMap((flow) => {
    const { peer } = flow;
    return (peer.kind === 'dns' ? servers : [peer]).map((each) => ({ ...flow, peer: each }));
  });
}

interface Rule {
  readonly ports: readonly Loose<INetworkPolicyPort>[];
  readonly peers: readonly PolicyPeer[];
}

/** One rule for all flows with the same ports, in order of first appearance. */
function rules(flows: readonly PolicyFlow[], peersOf: (flow: PolicyFlow) => readonly PolicyPeer[]): Rule[] {
  const byPorts = new Map<string, Rule>();
  for (const flow of flows) {
    const peers = peersOf(flow);
    // A rule without peers would allow every peer.
    if (peers.length === 0) continue;
    const ports = unique(flow.ports.map(({ port, protocol = 'TCP' }) => ({ port, protocol })));
    const key = ports.map(portText).sort().join();
    const rule = byPorts.get(key) ?? { ports, peers: [] };
    byPorts.set(key, { ...rule, peers: unique([...rule.peers, ...peers]) });
  }
  return [...byPorts.values()];
}

/** The hosts that became the internet, without the ports that a flow to the internet opens anyway: no other engine would close those. */
function openHosts(fence: Fence, outward: readonly PolicyFlow[], cluster: ClusterFacts): Finding[] {
  const anyway = new Set(outward.flatMap(({ peer, ports }) => (peer.kind === 'internet' ? ports.map(portText) : [])));
  const opened = outward
    .filter(({ peer }) => isOpenHost(peer, cluster))
    .map(({ peer, ports }) => ({
      name: peerText(peer),
      ports: ports.map(portText).filter((port) => !anyway.has(port)),
    }))
    .filter(({ ports }) => ports.length > 0);
  if (opened.length === 0) return [];
  const ports = unique(opened.flatMap((each) => each.ports));
  const hosts = unique(opened.map(({ name }) => name));
  return [
    {
      rule: 'host-names-not-enforced',
      message: `pods of ${fence.namespace}/${fence.name} may connect to every public address at port${ports.length > 1 ? 's' : ''} ${ports.join(', ')}, not only to ${hosts.join(', ')}`,
      why: 'Plain network policies cannot name hosts: whoever takes over the agent can send to any public address at these ports.',
      help: 'Use a network engine that matches names, such as cilium(), or give the addresses of the hosts.',
    },
  ];
}

function portText({ port, protocol }: FlowPort): string {
  return protocol === 'UDP' ? `${port}/UDP` : `${port}`;
}

function unique<T>(items: readonly T[]): T[] {
  return items.filter((item, index) => items.findIndex((other) => isDeepStrictEqual(item, other)) === index);
}
