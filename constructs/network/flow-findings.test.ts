import { expect, test } from 'vitest';
import type { Flow, Peer } from './flow.ts';
import { flowFindings } from './flow-findings.ts';
import { internetCidrs } from './internet.ts';
import { host, internet } from './peers.ts';

function findings(...peers: readonly Peer[]) {
  const flows = peers.map((peer): Flow => ({ direction: 'out', peer, ports: [{ port: 443 }], because: 'test' }));
  return flowFindings({ name: 'agent', namespace: 'demo', labels: { app: 'agent' }, flows });
}
const cidr = (text: string, ...except: readonly string[]): Peer => ({ kind: 'cidr', cidr: text, except });
const rules = (...peers: readonly Peer[]) => findings(...peers).map(({ rule }) => rule);

test('the internet, once', () => {
  expect(findings(internet(), host('a.example'), internet())).toEqual([
    {
      rule: 'reaches-internet',
      message: 'pods of demo/agent may connect to every public address',
      why: 'What an agent can read, it can send there.',
    },
  ]);
});

test('a network that is the internet, with the metadata services in it', () => {
  expect(findings(cidr('0.0.0.0/0'))).toEqual([
    {
      rule: 'reaches-internet',
      message: 'pods of demo/agent may connect to 0.0.0.0/0',
      why: 'What an agent can read, it can send there.',
    },
    {
      rule: 'reaches-metadata',
      message: 'pods of demo/agent may connect to link-local or metadata addresses in 0.0.0.0/0',
      why: 'There a cloud gives the credentials of the node to whoever asks.',
      help: 'Put 169.254.0.0/16, fe80::/10 and fd00:ec2::254/128 into `except`, as far as they are in it, or name smaller networks.',
    },
  ]);
});

test.each([
  ['128.0.0.0/1', ['reaches-internet', 'reaches-metadata']],
  ['0.0.0.0/1', ['reaches-internet']],
  ['8.0.0.0/7', ['reaches-internet']],
  ['2000::/3', ['reaches-internet']],
  ['2600::/15', ['reaches-internet']],
  ['::/0', ['reaches-internet', 'reaches-metadata']],
  ['169.254.169.254/32', ['reaches-metadata']],
  ['169.254.20.0/24', ['reaches-metadata']],
  ['fe80::/64', ['reaches-metadata']],
  ['fc00::/7', ['reaches-metadata']],
  ['fd00:ec2::254/128', ['reaches-metadata']],
])('%s: %s', (text, expected) => {
  expect(rules(cidr(text))).toEqual(expected);
});

test.each([
  '8.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '240.0.0.0/4',
  '2600::/16',
  'ff00::/8',
  'fd7a:115c:a1e0::/48',
  'not a network',
])('nothing: %s', (text) => {
  expect(rules(cidr(text))).toEqual([]);
});

test('what is excepted is not reached', () => {
  const [ipv4, ipv6] = internetCidrs.map((range) => cidr(range.cidr, ...range.except));
  expect(rules(ipv4 as Peer)).toEqual(['reaches-internet']);
  expect(rules(cidr('fc00::/7', 'fd00:ec2::/32'))).toEqual([]);
  // The metadata service of AWS is in fc00::/7, link-local is fe80::/10.
  expect(rules(ipv6 as Peer)).toEqual(['reaches-internet']);
  expect(rules(cidr('::/0', 'fe80::/10'))).toEqual(['reaches-internet', 'reaches-metadata']);
});

test('what comes in reaches nothing', () => {
  const flow: Flow = { direction: 'in', peer: cidr('0.0.0.0/0'), ports: [{ port: 80 }], because: 'test' };
  expect(flowFindings({ name: 'agent', namespace: 'demo', labels: {}, flows: [flow] })).toEqual([]);
});
