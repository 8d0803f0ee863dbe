export { cilium } from './cilium.ts';
export type { NetworkEngine } from './engine.ts';
export type { Cidr, Fence, Flow, FlowPort, Labels, Peer } from './flow.ts';
export { kubernetesNetworkPolicies } from './kubernetes-network-policies.ts';
export { host, internet, pods, tailnet } from './peers.ts';
