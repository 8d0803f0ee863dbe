import type { ClusterFacts, Gateway } from '../facts.ts';
import type { Problem } from '../problem.ts';
import type { Flow, Peer } from './flow.ts';

/** The cluster's gateway; undefined, with a problem, where there is none. */
export function gatewayOf(cluster: ClusterFacts, problems: Problem[]): Gateway | undefined {
  if (!cluster.gateway) {
    problems.push({
      message: `cluster ${cluster.name} has no gateway`,
      help: 'Give the cluster a `gateway`, or remove the flow.',
    });
  }
  return cluster.gateway;
}

/** Where pods of the cluster ask for names, without the peers that cannot be it, which are problems. */
export function nameServers(
  cluster: ClusterFacts,
  problems: Problem[],
): Exclude<Peer, { kind: 'dns' } | { kind: 'gateway' }>[] {
  return cluster.dns.flatMap((peer) => {
    if (peer.kind !== 'dns' && peer.kind !== 'gateway') return [peer];
    problems.push({
      message: `cluster ${cluster.name}: dns cannot be a peer of kind '${peer.kind}'`,
      help: 'Give the pods or addresses that answer for names.',
    });
    return [];
  });
}

/** For a flow inward from a peer that no engine can admit. */
export function notInward({ peer, because }: Flow): Problem {
  return {
    message: `a flow inward cannot come from ${peer.kind} (${because})`,
    help: 'Use pods, a CIDR, the API server or the gateway.',
  };
}
