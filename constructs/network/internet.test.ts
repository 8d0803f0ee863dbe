import { BlockList, isIPv6 } from 'node:net';
import { expect, test } from 'vitest';
import { internetCidrs } from './internet.ts';

/** Whether the ranges, without their exceptions, hold an address. */
function admits(address: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const holds = (cidrs: readonly string[]) => {
    const list = new BlockList();
    for (const cidr of cidrs) {
      const [network = '', length] = cidr.split('/');
      list.addSubnet(network, Number(length), isIPv6(network) ? 'ipv6' : 'ipv4');
    }
    return list.check(address, family);
  };
  // An IPv4-mapped address is checked in its own family: Node's list would take it for the IPv4 address in it.
  return internetCidrs
    .filter(({ cidr }) => isIPv6(cidr.split('/')[0] ?? '') === (family === 'ipv6'))
    .some(({ cidr, except }) => holds([cidr]) && !holds(except));
}

test.each([
  ['1.1.1.1', 'public'],
  ['8.8.8.8', 'public'],
  ['9.255.255.255', 'below 10.0.0.0/8'],
  ['11.0.0.0', 'above 10.0.0.0/8'],
  ['100.63.255.255', 'below the carrier-grade range'],
  ['100.128.0.0', 'above the carrier-grade range'],
  ['172.15.255.255', 'below 172.16.0.0/12'],
  ['172.32.0.0', 'above 172.16.0.0/12'],
  ['192.167.255.255', 'below 192.168.0.0/16'],
  ['192.169.0.0', 'above 192.168.0.0/16'],
  ['223.255.255.255', 'below multicast'],
  ['2606:4700:4700::1111', 'public'],
  ['2a00:1450:4001::8a', 'public'],
])('%s is on the internet: %s', (address) => {
  expect(admits(address)).toBe(true);
});

test.each([
  ['0.0.0.0', 'this host'],
  ['10.0.0.1', 'private'],
  ['10.255.255.255', 'private'],
  ['100.64.0.1', 'carrier-grade, tailnets'],
  ['100.100.100.100', 'DNS of Tailscale'],
  ['100.100.100.200', 'metadata of Alibaba Cloud'],
  ['100.127.255.255', 'carrier-grade'],
  ['127.0.0.1', 'loopback'],
  ['169.254.169.254', 'metadata of AWS, Azure, Google, Hetzner'],
  ['169.254.20.10', 'link-local: DNS cache of the node'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.192', 'metadata of Oracle Cloud'],
  ['192.168.1.1', 'private'],
  ['198.18.0.1', 'benchmarks'],
  ['224.0.0.251', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::a9fe:a9fe', 'IPv4-compatible metadata'],
  ['::ffff:10.0.0.1', 'IPv4-mapped private'],
  ['::ffff:169.254.169.254', 'IPv4-mapped metadata'],
  ['::ffff:1.1.1.1', 'IPv4-mapped public: nothing sends it, so nobody needs it'],
  ['64:ff9b::a9fe:a9fe', 'NAT64 of metadata'],
  ['fd00:ec2::254', 'metadata of AWS'],
  ['fd7a:115c:a1e0::53', 'tailnet'],
  ['fc00::1', 'unique local'],
  ['fe80::1', 'link-local'],
  ['ff02::fb', 'multicast'],
])('%s is not on the internet: %s', (address) => {
  expect(admits(address)).toBe(false);
});

test('every exception lies in its range and is written as a network', () => {
  for (const { cidr, except } of internetCidrs) {
    const [, length] = cidr.split('/');
    expect(length).toBe('0');
    for (const each of except) {
      const [network = '', bits] = each.split('/');
      expect(isIPv6(network)).toBe(isIPv6(cidr.split('/')[0] ?? ''));
      expect(Number(bits)).toBeGreaterThan(0);
    }
    expect(new Set(except).size).toBe(except.length);
  }
});
