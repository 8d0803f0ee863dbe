import type { ClusterFacts } from '../facts.ts';

/**
 * Domains without public names: RFC 6762 (`local`, and those of its appendix G that networks use for themselves), RFC 8375
 * (`home.arpa`), ICANN's reservation of `internal` (Board resolution 2024.07.29.06), what resolvers append to `localhost`, and
 * Kubernetes' Services (`<service>.<namespace>.svc`).
 */
const domains = [
  'corp',
  'home',
  'home.arpa',
  'internal',
  'intranet',
  'lan',
  'local',
  'localdomain',
  'private',
  'svc',
] as const;

/**
 * Whether public DNS cannot know a name, so that its addresses are private ones. `*` counts as a label: `*.lan` is internal,
 * `*.com` is not.
 */
export function isInternalName(name: string, cluster: Pick<ClusterFacts, 'serviceDomain' | 'domain'>): boolean {
  const isInternal = (each: string) =>
    !each.includes('.') || [...domains, cluster.serviceDomain].some((domain) => isBelow(each, domain));
  return isInternal(name) || (isInternal(cluster.domain) && isBelow(name, cluster.domain));
}

function isBelow(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}
