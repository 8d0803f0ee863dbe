import type { KubeObject } from '../manifest/manifest.ts';

/** What `kubectl` also calls a kind (`kubectl api-resources` of Kubernetes 1.36, Cilium 1.19, Flux 2.9, External Secrets 2). */
const shortNames: Readonly<Record<string, readonly string[]>> = {
  CiliumNetworkPolicy: ['cnp', 'ciliumnp'],
  ConfigMap: ['cm'],
  CronJob: ['cj'],
  DaemonSet: ['ds'],
  Deployment: ['deploy'],
  ExternalSecret: ['es'],
  GitRepository: ['gitrepo'],
  HelmRelease: ['hr'],
  Kustomization: ['ks'],
  Namespace: ['ns'],
  NetworkPolicy: ['netpol'],
  PersistentVolumeClaim: ['pvc'],
  Pod: ['po'],
  PodDisruptionBudget: ['pdb'],
  Service: ['svc'],
  ServiceAccount: ['sa'],
  StatefulSet: ['sts'],
};

/**
 * Whether a word means the kind of an object, as `kubectl` takes it: `StatefulSet`, `statefulsets`, `sts`,
 * `statefulset.apps`, `statefulsets.v1.apps`.
 */
export function isKind(word: string, { apiVersion, kind }: KubeObject): boolean {
  const [name = '', ...rest] = word.toLowerCase().split('.');
  const singular = kind.toLowerCase();
  if (name !== singular && name !== plural(singular) && !shortNames[kind]?.includes(name)) return false;
  const slash = apiVersion.indexOf('/');
  const [group, version] = [slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  const wanted = rest.join('.');
  return wanted === '' || wanted === group || wanted === `${version}.${group}`;
}

function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}
