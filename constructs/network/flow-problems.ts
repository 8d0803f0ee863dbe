import type { Problem } from '../problem.ts';
import { contains, familyOf, networkText, parseNetwork } from './cidr.ts';
import { type Cidr, type Flow, type Peer, peerText } from './flow.ts';

const label = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const dnsLabel = new RegExp(`^${label}$`);
const hostName = new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`);

/** What is wrong with a flow, whatever engine enforces it. */
export function flowProblems({ direction, peer, ports, because }: Flow): Problem[] {
  const reason = because.trim() === '' ? '' : ` (${because})`;
  const flow = `flow ${direction === 'out' ? 'to' : 'from'} ${peer.kind === 'host' ? shown(peer.name) : peerText(peer)}${reason}`;
  const problems = peerProblems(peer, flow);
  if (ports.length === 0) {
    problems.push({
      message: `${flow}: no ports`,
      why: 'A rule without ports allows every port.',
      help: 'Give the ports that it needs.',
    });
  }
  for (const { port } of ports) {
    if (Number.isInteger(port) && port >= 1 && port <= 65535) continue;
    problems.push({
      message: `${flow}: port ${port} is not a whole number from 1 to 65535`,
      help: 'Give the number of the port.',
    });
  }
  if (reason === '') {
    problems.push({ message: `${flow}: \`because\` is empty`, help: 'Say which part of the app needs it.' });
  }
  return problems;
}

/**
 * What is wrong with a peer.
 *
 * @param of what it belongs to, as the problem begins: `flow to 10.0.0.0/8`
 */
export function peerProblems(peer: Peer, of: string): Problem[] {
  switch (peer.kind) {
    case 'host': {
      const addresses = peer.addresses === 'public' ? [] : peer.addresses;
      return [...hostProblems(peer.name, of), ...addresses.flatMap((cidr) => cidrProblems(cidr, of))];
    }
    case 'cidr':
      return rangeProblems(peer.cidr, peer.except ?? [], of);
    case 'pods': {
      const problems: Problem[] = [];
      if (!dnsLabel.test(peer.namespace)) {
        problems.push({
          message: `${of}: namespace "${peer.namespace}" is not a DNS label`,
          help: 'Use at most 63 lowercase letters, digits and hyphens.',
        });
      }
      if (Object.keys(peer.labels).length === 0) {
        problems.push({
          message: `${of}: pods without labels`,
          why: `It would select every pod of namespace ${peer.namespace}.`,
          help: 'Give at least one label of the pods that are meant.',
        });
      }
      return problems;
    }
    default:
      return [];
  }
}

function hostProblems(name: string, of: string): Problem[] {
  if (name === '*') {
    return [{ message: `${of}: host "*" is every name`, help: 'Name the hosts, or use the peer internet().' }];
  }
  if (familyOf(name.replace(/^\[|\]$/g, '')) !== undefined) {
    return [
      {
        message: `${of}: ${name} is an address, not a host name`,
        why: 'Nobody asks DNS for an address, so a rule for a name never matches it.',
        help: "Use a peer of kind 'cidr'.",
      },
    ];
  }
  if (hostName.test(name) && name.length <= 253) return [];
  const help = /[:/@?#]/.test(name)
    ? 'Give the name alone, without scheme, user, port or path.'
    : 'Use lowercase letters, digits and hyphens with dots between them; "*" only as the whole first label.';
  return [{ message: `${of}: the host is not a DNS name`, help }];
}

function rangeProblems(cidr: Cidr, except: readonly Cidr[], of: string): Problem[] {
  const problems = [cidr, ...except].flatMap((each) => cidrProblems(each, of));
  const outer = parseNetwork(cidr);
  for (const each of except) {
    const inner = parseNetwork(each);
    if (!outer || !inner || contains(outer, inner)) continue;
    problems.push({
      message: `${of}: except ${each} is not in ${cidr}`,
      why: 'The API server or the network plugin would refuse the policy.',
      help: 'Remove it, or correct one of them.',
    });
  }
  return problems;
}

function cidrProblems(cidr: Cidr, of: string): Problem[] {
  const network = parseNetwork(cidr);
  if (!network) {
    const help = 'Write an address and the length of its prefix, such as 10.0.0.0/8 or 2001:db8::/32.';
    return [{ message: `${of}: "${cidr}" is not a network`, help }];
  }
  const text = networkText(network);
  if (text === cidr) return [];
  const help = `Write ${text}, or the whole prefix of the address that is meant.`;
  return [{ message: `${of}: "${cidr}" is not written as a network`, help }];
}

/** A name as an error may repeat it: one with a user part may hold a password. */
function shown(name: string): string {
  return name.includes('@') ? 'a host' : name;
}
