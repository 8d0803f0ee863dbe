import type { IIPBlock as Model } from 'kubernetes-models/networking.k8s.io/v1/IPBlock';
import type { Loose } from '../manifest.ts';
import type { Problem } from '../problem.ts';
import { networkText, parseNetwork } from './cidr.ts';
import type { Cidr } from './flow.ts';

/** Addresses in a NetworkPolicy. Exceptions of IPv4-mapped addresses are left out: the API server refuses them and no packet needs them. */
export function ipBlock(cidr: Cidr, except: readonly Cidr[] = []): Loose<Model> {
  const kept = except.filter((each) => !isMapped(each));
  return kept.length === 0 ? { cidr } : { cidr, except: kept };
}

/**
 * What the API server would refuse in a well-formed range (Kubernetes 1.36: pkg/apis/networking/validation, ValidateIPBlock).
 *
 * @param of what it belongs to, as the problem begins: `flow to 10.0.0.0/8`
 */
export function ipBlockProblems(cidr: Cidr, except: readonly Cidr[], of: string): Problem[] {
  const problems: Problem[] = [];
  if (isMapped(cidr)) {
    problems.push({
      message: `${of}: ${cidr} is a network of IPv4-mapped addresses`,
      why: 'The API server refuses it in a NetworkPolicy, and no packet has such an address.',
      help: 'Give the IPv4 network.',
    });
  }
  if (parseNetwork(cidr) && except.some((each) => canonical(each) === canonical(cidr))) {
    problems.push({
      message: `${of}: except ${cidr} is the whole of it`,
      why: 'The API server refuses it in a NetworkPolicy.',
      help: 'Remove the flow, or correct one of them.',
    });
  }
  return problems;
}

function canonical(cidr: Cidr): Cidr | undefined {
  const network = parseNetwork(cidr);
  return network && networkText(network);
}

/** Whether a network is in ::ffff:0:0/96. Only programs use such addresses: what they send there are IPv4 packets (RFC 4291, 2.5.5.2). */
function isMapped(cidr: Cidr): boolean {
  const network = parseNetwork(cidr);
  return network?.family === 6 && network.length >= 96 && network.first >> 32n === 0xffffn;
}
