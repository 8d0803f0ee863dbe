import { expect, test } from 'vitest';
import { contains, type Network, networkText, parseNetwork, reaches } from './cidr.ts';

function network(text: string): Network {
  const parsed = parseNetwork(text);
  if (!parsed) throw new Error(`${text} is not a network`);
  return parsed;
}

test.each([
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['10.1.2.3/08', '10.0.0.0/8'],
  ['192.0.2.129/25', '192.0.2.128/25'],
  ['192.0.2.1/32', '192.0.2.1/32'],
  ['::/0', '::/0'],
  ['2001:DB8::1/32', '2001:db8::/32'],
  ['2001:db8:0:0:0:0:0:1/128', '2001:db8::1/128'],
  ['2001:db8:1:2:3:4:5:6/127', '2001:db8:1:2:3:4:5:6/127'],
  ['fd00:ec2::254/128', 'fd00:ec2::254/128'],
  ['::ffff:10.1.2.3/104', '::ffff:a00:0/104'],
])('%s is %s', (text, canonical) => {
  expect(networkText(network(text))).toBe(canonical);
});

test.each([
  '',
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0/8',
  '010.0.0.0/8',
  '256.0.0.0/8',
  '10.0.0.0/8 ',
  '10.0.0.0/-1',
  '::/129',
  'fe80::1%eth0/64',
  'a.example/8',
  ':::/0',
])('"%s" is not a network', (text) => {
  expect(parseNetwork(text)).toBeUndefined();
});

test.each([
  ['10.0.0.0/8', '10.0.0.0/8', true],
  ['10.0.0.0/8', '10.255.255.255/32', true],
  ['10.0.0.0/8', '11.0.0.0/32', false],
  ['10.0.0.0/16', '10.0.0.0/8', false],
  ['::/0', '10.0.0.0/8', false],
])('whether %s contains %s: %s', (outer, inner, expected) => {
  expect(contains(network(outer), network(inner))).toBe(expected);
});

test.each([
  ['169.254.0.0/16', '10.0.0.0/8', [], false],
  ['169.254.0.0/16', '0.0.0.0/0', [], true],
  ['169.254.0.0/16', '169.254.169.254/32', [], true],
  ['169.254.0.0/16', '0.0.0.0/0', ['169.254.0.0/16'], false],
  ['169.254.0.0/16', '0.0.0.0/0', ['169.254.128.0/17', '169.254.0.0/17'], false],
  ['169.254.0.0/16', '0.0.0.0/0', ['169.254.0.0/17', '169.254.192.0/18'], true],
  ['169.254.0.0/16', '0.0.0.0/0', ['169.254.169.254/32'], true],
  ['169.254.169.254/31', '0.0.0.0/0', ['169.254.169.254/32'], true],
  ['169.254.0.0/16', '::/0', [], false],
  ['169.254.0.0/16', '0.0.0.0/0', ['::/0'], true],
] as const)('whether %s is reached by %s without %s: %s', (target, cidr, except, expected) => {
  expect(reaches(network(cidr), except.map(network), network(target))).toBe(expected);
});
