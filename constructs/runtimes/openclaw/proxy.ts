import type { Wiring } from '../../agent/plan.ts';
import { contains, type Network, parseNetwork } from '../../network/cidr.ts';
import { peerText } from '../../network/flow.ts';
import type { Problem } from '../../problem.ts';
import type { OpenClawOptions } from './options.ts';

/** How OpenClaw learns who is behind the cluster's gateway; undefined for an agent without a route. */
export type ProxyMode = NonNullable<OpenClawOptions['proxy']>;

/** docs/decisions/0008-openclaw-behind-a-gateway.md */
export function proxyMode({ proxy }: OpenClawOptions, { exposure, cluster, callers }: Wiring): ProxyMode | undefined {
  if (!exposure) return undefined;
  return proxy ?? (cluster.gateway?.addresses && callers.length === 0 ? 'addresses' : 'forwarder');
}

/** `gateway.trustedProxies`: whose forwarded headers are believed. */
export function trustedProxies(mode: ProxyMode | undefined, { cluster }: Wiring): readonly string[] | undefined {
  if (mode === undefined) return undefined;
  return mode === 'forwarder' ? ['127.0.0.0/8', '::1/128'] : (cluster.gateway?.addresses ?? []);
}

/**
 * Since 2026.8.1 OpenClaw answers 403 to a trusted proxy that does not say who is behind it, and to anybody else who says
 * so, but at `/healthz`. The kubelet asks there, so that its own address does no harm; callers from inside may not be among
 * the proxies.
 */
export function proxyProblems(mode: ProxyMode | undefined, { cluster, callers }: Wiring): Problem[] {
  if (mode !== 'addresses') return [];
  const addresses = cluster.gateway?.addresses ?? [];
  if (addresses.length === 0) {
    return [
      {
        message: `runtime openclaw: proxy 'addresses', and the gateway of cluster ${cluster.name} has none`,
        why: 'OpenClaw would answer 403 to everything that comes through the gateway.',
        help: "Give the gateway its `addresses`, or use proxy 'forwarder'.",
      },
    ];
  }
  return addresses.flatMap((text): Problem[] => {
    const network = parseNetwork(text);
    if (!network) {
      return [
        {
          message: `runtime openclaw: "${text}" among the addresses of the gateway of cluster ${cluster.name} is no network`,
          help: 'Write it as 10.0.0.7/32.',
        },
      ];
    }
    return [...tooWide(text, network), ...callerProblems(text, network, callers)];
  });
}

/** Number of addresses, beyond which a network is more than the pods of a gateway. */
const most = 256n;

function tooWide(text: string, { first, last }: Network): Problem[] {
  if (last - first < most) return [];
  return [
    {
      message: `runtime openclaw: ${text} is more than the data plane of a gateway`,
      why: 'OpenClaw believes whatever anybody in it says about the client, and answers 403 to clients who are in it themselves.',
      help: "Give the gateway addresses of its own, or use proxy 'forwarder'.",
    },
  ];
}

function callerProblems(text: string, network: Network, callers: Wiring['callers']): Problem[] {
  const one = network.first === network.last;
  return callers.flatMap((caller): Problem[] => {
    // The address of a pod is known to nobody before it runs; that it is the gateway's single one is not possible.
    const inside = caller.kind === 'cidr' ? overlaps(caller.cidr, network) : !one;
    if (!inside) return [];
    return [
      {
        message: `runtime openclaw: ${peerText(caller)} calls from inside, perhaps from ${text}, which are the gateway's addresses`,
        why: 'OpenClaw answers 403 to callers at a trusted address that do not say who is behind them.',
        help: "Use proxy 'forwarder', or give the gateway single addresses.",
      },
    ];
  });
}

function overlaps(text: string, network: Network): boolean {
  const other = parseNetwork(text);
  return other !== undefined && (contains(network, other) || contains(other, network));
}
