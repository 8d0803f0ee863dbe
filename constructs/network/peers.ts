import type { Cidr, Peer } from './flow.ts';

/** Machines of a tailnet or another private network by name; `*` stands for one label. */
export function tailnet(name: string, options: { readonly cidrs: readonly Cidr[] }): Peer {
  return { kind: 'host', name, addresses: options.cidrs };
}

/** A host on the internet. */
export function host(name: string): Peer {
  return { kind: 'host', name, addresses: 'public' };
}

/** Pods of a namespace. */
export function pods(
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Extract<Peer, { readonly kind: 'pods' }> {
  return { kind: 'pods', namespace, labels };
}

/** Every public address. */
export function internet(): Peer {
  return { kind: 'internet' };
}
