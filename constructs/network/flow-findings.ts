import type { Finding } from '../problem.ts';
import { contains, type Network, parseNetwork, reaches } from './cidr.ts';
import type { Cidr, Fence } from './flow.ts';
import { internetCidrs } from './internet.ts';

const networks = (cidrs: readonly Cidr[]) => cidrs.flatMap((cidr) => parseNetwork(cidr) ?? []);

const notPublic = networks(internetCidrs.flatMap(({ except }) => except));

/** Link-local, where clouds give out credentials to whoever asks (169.254.169.254), and the same of AWS by IPv6. */
const metadata = networks(['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254/128']);

/** What a reviewer should know of a fence, whatever engine enforces it. */
export function flowFindings(fence: Fence): Finding[] {
  const findings: Finding[] = [];
  const pods = `pods of ${fence.namespace}/${fence.name}`;
  const peers = fence.flows.flatMap(({ direction, peer }) => (direction === 'out' ? [peer] : []));
  if (peers.some(({ kind }) => kind === 'internet'))
    findings.push(internet(`${pods} may connect to every public address`));
  for (const peer of peers) {
    if (peer.kind !== 'cidr') continue;
    const network = parseNetwork(peer.cidr);
    if (!network) continue;
    if (isWholesale(network)) findings.push(internet(`${pods} may connect to ${peer.cidr}`));
    const except = networks(peer.except ?? []);
    if (metadata.some((target) => reaches(network, except, target))) {
      findings.push({
        rule: 'reaches-metadata',
        message: `${pods} may connect to link-local or metadata addresses in ${peer.cidr}`,
        why: 'There a cloud gives the credentials of the node to whoever asks.',
        help: 'Put 169.254.0.0/16, fe80::/10 and fd00:ec2::254/128 into `except`, as far as they are in it, or name smaller networks.',
      });
    }
  }
  return findings;
}

function internet(message: string): Finding {
  return { rule: 'reaches-internet', message, why: 'What an agent can read, it can send there.' };
}

/** Whether a network is so wide that it names nobody. The longest prefixes that registries give to one holder are /8 and /16. */
function isWholesale(network: Network): boolean {
  const wide = network.length < (network.family === 4 ? 8 : 16);
  return wide && !notPublic.some((range) => contains(range, network));
}
