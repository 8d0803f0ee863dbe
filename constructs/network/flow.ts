import type { Cause } from '../reason.ts';

/** IPv4 or IPv6 network, such as `10.0.0.0/8`. */
export type Cidr = string;

/** Labels that select pods. */
export type Labels = Readonly<Record<string, string>>;

/** The other end of a connection. */
export type Peer =
  /** A name outside the cluster. `addresses` serve engines that cannot match names; `*` stands for one label. */
  | { readonly kind: 'host'; readonly name: string; readonly addresses: 'public' | readonly Cidr[] }
  | { readonly kind: 'cidr'; readonly cidr: Cidr; readonly except?: readonly Cidr[] | undefined }
  | { readonly kind: 'pods'; readonly namespace: string; readonly labels: Labels }
  /** Every public address: the internet without private, link-local, carrier-grade and metadata ranges. */
  | { readonly kind: 'internet' }
  /** The data plane of the cluster's gateway. */
  | { readonly kind: 'gateway' }
  | { readonly kind: 'apiServer' }
  | { readonly kind: 'dns' };

/** A port of a flow. Towards pods it is the container's port, since policy acts after address translation. */
export interface FlowPort {
  readonly port: number;
  /** @default 'TCP' */
  readonly protocol?: 'TCP' | 'UDP' | undefined;
}

/** One permitted connection. The sum of a pod's flows is its fence; everything else is denied. */
export interface Flow {
  readonly direction: 'in' | 'out';
  readonly peer: Peer;
  readonly ports: readonly FlowPort[];
  /** Which part of the app asks for it, for the reviewer: `model anthropic`, `channel matrix`. */
  readonly because: string;
  /** The author's calls that ask for it. @default none: a part of the agent asks for it by itself */
  readonly causes?: readonly Cause[] | undefined;
}

/** All permitted connections of the pods that `labels` select. */
export interface Fence {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly flows: readonly Flow[];
  /** Labels of the policy objects themselves. @default those of the app and agent whose pods it is about */
  readonly ownLabels?: Labels | undefined;
}

/** A flow to an HTTPS service on the internet. */
export function httpsTo(host: string, because: string, port = 443): Flow {
  return { direction: 'out', peer: { kind: 'host', name: host, addresses: 'public' }, ports: [{ port }], because };
}

/** A peer as a reviewer reads it. */
export function peerText(peer: Peer): string {
  switch (peer.kind) {
    case 'host':
      return peer.name;
    case 'cidr':
      return peer.cidr;
    case 'pods':
      return `${peer.namespace}/${Object.entries(peer.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(',')}`;
    case 'internet':
      return 'the internet';
    case 'gateway':
      return 'the gateway';
    case 'apiServer':
      return 'the API server';
    case 'dns':
      return 'cluster DNS';
  }
}
