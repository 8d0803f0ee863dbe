import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';
import type { ClusterFacts } from '../facts.ts';
import type { Loose } from '../manifest.ts';
import type { Problem } from '../problem.ts';
import { gatewayOf } from './engine-problems.ts';
import type { Cidr, Flow, Labels, Peer } from './flow.ts';
import { peerProblems } from './flow-problems.ts';
import { isInternalName } from './internal-name.ts';
import { internetCidrs } from './internet.ts';
import { ipBlock, ipBlockProblems } from './ip-block.ts';

/** A peer of a NetworkPolicy. */
export type PolicyPeer = Loose<INetworkPolicyPeer>;

/** A flow to or from anything but DNS, which is the cluster's name servers. */
export type PolicyFlow = Flow & { readonly peer: Exclude<Peer, { kind: 'dns' }> };

type Host = Extract<Peer, { kind: 'host' }>;

/** What a flow's peer is in a NetworkPolicy. Nothing, with a problem, when it cannot be in one. */
export function policyPeers({ direction, peer, because }: PolicyFlow, cluster: ClusterFacts, problems: Problem[]) {
  switch (peer.kind) {
    case 'host':
      return hostPeers(peer, because, cluster, problems);
    case 'cidr':
      return ranges([peer], `flow ${direction === 'out' ? 'to' : 'from'} ${peer.cidr} (${because})`, problems);
    case 'pods':
      return [podPeer(peer.namespace, peer.labels)];
    case 'internet':
      return internet;
    case 'gateway':
      return gatewayPeers(cluster, problems);
    case 'apiServer':
      return apiServerPeers(cluster, problems);
  }
}

const internet: readonly PolicyPeer[] = ranges(internetCidrs, 'the internet', []);

function ranges(
  given: readonly { readonly cidr: Cidr; readonly except?: readonly Cidr[] | undefined }[],
  of: string,
  problems: Problem[],
): PolicyPeer[] {
  return given.map(({ cidr, except = [] }) => {
    problems.push(...ipBlockProblems(cidr, except, of));
    return { ipBlock: ipBlock(cidr, except) };
  });
}

/** Both selectors in one peer: as two peers they would be every pod of that namespace, and such pods of the policy's own. */
function podPeer(namespace: string, labels: Labels): PolicyPeer {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: labels },
  };
}

/** Whether a peer is a host that becomes the internet. */
export function isOpenHost(peer: Peer, cluster: ClusterFacts): boolean {
  return peer.kind === 'host' && peer.addresses === 'public' && isUsable(peer) && !isInternalName(peer.name, cluster);
}

/** What is wrong with the peer itself is told for every engine. Its name must not be repeated: it may hold a password. */
function isUsable(peer: Peer): boolean {
  return peerProblems(peer, '').length === 0;
}

function hostPeers(peer: Host, because: string, cluster: ClusterFacts, problems: Problem[]): readonly PolicyPeer[] {
  if (isOpenHost(peer, cluster)) return internet;
  if (!isUsable(peer)) return [];
  const { name, addresses } = peer;
  const of = `flow to ${name} (${because})`;
  const help = `Give its addresses, as in tailnet('${name}', { cidrs: [...] }), or the pods behind it as the peer.`;
  if (addresses === 'public') {
    problems.push({
      message: `${of}: the name is internal, and its addresses are not given`,
      why: 'Plain network policies cannot name hosts. Every public address would stand for the name, and no private one: it could never connect.',
      help,
    });
    return [];
  }
  if (addresses.length === 0) {
    problems.push({
      message: `${of}: the host has no addresses`,
      why: 'Plain network policies cannot name hosts: without addresses it could never connect.',
      help,
    });
  }
  return ranges(
    addresses.map((cidr) => ({ cidr })),
    of,
    problems,
  );
}

function gatewayPeers(cluster: ClusterFacts, problems: Problem[]): PolicyPeer[] {
  const gateway = gatewayOf(cluster, problems);
  if (!gateway) return [];
  const of = `cluster ${cluster.name}: gateway`;
  const given = gateway.peers === 'cilium-ingress' ? [] : gateway.peers;
  const usable = given.filter((peer) => peer.kind === 'pods' || peer.kind === 'cidr');
  if (usable.length === 0 || usable.length < given.length) {
    problems.push({
      message: `cluster ${cluster.name}: the gateway's peers must be pods or addresses`,
      why: "Plain network policies know nothing else; 'cilium-ingress' is an identity of Cilium.",
      help: "Give the namespace and labels of the gateway's data plane, or its addresses.",
    });
  }
  return usable.flatMap((peer) =>
    peer.kind === 'pods' ? [podPeer(peer.namespace, peer.labels)] : ranges([peer], of, problems),
  );
}

function apiServerPeers(cluster: ClusterFacts, problems: Problem[]): PolicyPeer[] {
  const cidrs = cluster.apiServer?.cidrs ?? [];
  const of = `cluster ${cluster.name}: apiServer`;
  if (cidrs.length === 0) {
    problems.push({
      message: `cluster ${cluster.name}: the API server's addresses are not given`,
      why: "Plain network policies know only addresses, and act after translation of the Service's address.",
      help: 'Give its own addresses as `apiServer: { cidrs, port }`; `kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes` shows them.',
    });
  }
  const given = cidrs.map((cidr) => ({ kind: 'cidr', cidr }) as const);
  problems.push(...given.flatMap((peer) => peerProblems(peer, of)));
  return ranges(given, of, problems);
}
