import { isIPv4 } from 'node:net';
import type { Cidr } from './flow.ts';

/** A network as a range of addresses. */
export interface Network {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  /** Length of its prefix in bits. */
  readonly length: number;
}

/** Reads a network. Bits behind the prefix are dropped; undefined for what is none. */
export function parseNetwork(text: string): Network | undefined {
  const [, address = '', digits = ''] = /^([0-9A-Fa-f.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const family = familyOf(address);
  const bits = family === 4 ? 32 : 128;
  const length = Number(digits);
  if (family === undefined || length > bits) return undefined;
  const rest = BigInt(bits - length);
  const first = ((family === 4 ? ipv4(address) : ipv6(address)) >> rest) << rest;
  return { family, first, last: first + (1n << rest) - 1n, length };
}

/**
 * The family of an address without a zone; undefined for what is none. Not `isIP` of `node:net`: its first look at an IPv6
 * address builds a regular expression, which takes 15 ms (Node 26).
 */
export function familyOf(address: string): 4 | 6 | undefined {
  if (!address.includes(':')) return isIPv4(address) ? 4 : undefined;
  return /^[0-9A-Fa-f:.]+$/.test(address) && URL.canParse(`http://[${address}]`) ? 6 : undefined;
}

/** The canonical text of a network: `10.0.0.0/8`, `2001:db8::/32` (RFC 5952). */
export function networkText({ family, first, length }: Network): Cidr {
  const size = family === 4 ? 8n : 16n;
  const parts = Array.from({ length: family === 4 ? 4 : 8 }, (_, index, last = family === 4 ? 3 : 7) =>
    ((first >> (BigInt(last - index) * size)) & ((1n << size) - 1n)).toString(family === 4 ? 10 : 16),
  );
  return `${family === 4 ? parts.join('.') : canonical(parts.join(':'))}/${length}`;
}

/** Whether all addresses of `inner` are in `outer`. */
export function contains(outer: Network, inner: Network): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

/** Whether `network`, without `except`, holds an address of `target`. */
export function reaches(network: Network, except: readonly Network[], target: Network): boolean {
  if (network.family !== target.family) return false;
  let next = network.first > target.first ? network.first : target.first;
  const last = network.last < target.last ? network.last : target.last;
  const gaps = except.filter(({ family }) => family === network.family);
  for (const gap of gaps.sort((a, b) => (a.first < b.first ? -1 : 1))) {
    if (gap.first <= next && gap.last >= next) next = gap.last + 1n;
  }
  return next <= last;
}

function ipv4(address: string): bigint {
  return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
}

function ipv6(address: string): bigint {
  const [head = '', tail] = canonical(address).split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}

/** URLs write IPv6 addresses as RFC 5952 has it, those with an IPv4 part too (url.spec.whatwg.org, IPv6 serializer). */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
