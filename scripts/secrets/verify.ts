import type { SecretKeeping } from '../../constructs/secrets/backend.ts';
import { type ClusterSecrets, placeOf } from './cluster-secrets.ts';
import type { Finding } from './keeper.ts';
import { keeperOf, sealedKeeperOf } from './keepers.ts';
import { sopsRulesFindings } from './sops-rules.ts';
import { inspectAll } from './state.ts';

/** What can be said of a cluster's secrets without a private key and without a network. */
export interface Verified {
  readonly cluster: string;
  readonly backend: string;
  readonly facts: readonly string[];
  readonly secrets: number;
  readonly keys: number;
  readonly findings: readonly Finding[];
  /** What this cannot see. */
  readonly notes: readonly string[];
}

export function verifyCluster(cluster: ClusterSecrets): Verified {
  const { keeper, facts } = keeperOf(cluster);
  const found = inspectAll(cluster, keeper).flatMap(({ findings }) => findings);
  const unneeded = unneededFiles(cluster).flatMap((place) => [
    {
      kind: 'stale' as const,
      message: `${place.path}: ${keeper ? 'no app needs this Secret' : 'nothing reads it'}`,
      help: 'Remove the file, or correct its name.',
    },
    ...(keeper?.inspect(place, cluster.files.read(place.namespace, place.name), []) ?? []).filter(
      ({ kind }) => kind === 'plain-text',
    ),
  ]);
  const strays = cluster.files.strays().map((path) => ({
    kind: 'stale' as const,
    message: `${path}: not of the form <namespace>/<name>.yaml`,
    why: 'Nothing reads it, so nothing would notice if it were not encrypted.',
    help: 'Move it away.',
  }));
  const { keeping } = cluster;
  const stored = keeping?.kind === 'externalSecrets' ? storeFindings(cluster, keeping) : [];
  const all = [...found, ...unneeded, ...strays, ...stored, ...beside(cluster)];
  return {
    cluster: cluster.name,
    backend: cluster.backend,
    facts,
    secrets: cluster.needed.length,
    keys: cluster.needed.reduce((sum, { keys }) => sum + keys.length, 0),
    // What is wrong with the cluster's own key is so for every file.
    findings: [...new Map(all.map((finding) => [`${finding.kind} ${finding.message}`, finding])).values()],
    notes: notes(cluster),
  };
}

function unneededFiles(cluster: ClusterSecrets) {
  // A backend without files needs none.
  const needed = keepsFiles(cluster)
    ? new Set(cluster.needed.map(({ namespace, name }) => `${namespace}/${name}`))
    : new Set();
  return cluster.files
    .list()
    .filter(({ namespace, name }) => !needed.has(`${namespace}/${name}`))
    .map((secret) => placeOf(cluster, secret));
}

/** What stands beside the files, and must say the same. */
function beside(cluster: ClusterSecrets): readonly Finding[] {
  const { name, repository, keeping, files } = cluster;
  if (keeping?.kind === 'sealedSecrets') return sealedKeeperOf(cluster, keeping).left(files.list());
  return keeping?.kind === 'sops' ? sopsRulesFindings(repository, { name, recipients: keeping.recipients }) : [];
}

function keepsFiles({ keeping }: ClusterSecrets): boolean {
  return keeping?.kind !== 'externalSecrets' && keeping?.kind !== 'existing';
}

function notes({ name, backend, keeping }: ClusterSecrets): string[] {
  switch (keeping?.kind) {
    case 'existing':
      return [
        `The secrets of ${name} are made by hand in the cluster (existing()): whether they are there cannot be seen from here.`,
      ];
    case 'externalSecrets':
      return [
        `The values of ${name} are in ${keeping.store.kind} ${keeping.store.name}: that the store is named and every key has its place there is checked; whether the store holds them cannot be seen from here.`,
      ];
    case undefined:
      return [`Secret backend ${backend} of ${name} does not say how it keeps its files: nothing could be checked.`];
    default:
      return [];
  }
}

/** A name as the API server takes it: RFC 1123 subdomain. */
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function storeFindings(
  { name: cluster, needed }: ClusterSecrets,
  { store, remoteKey }: Extract<SecretKeeping, { kind: 'externalSecrets' }>,
): Finding[] {
  const findings: Finding[] = [];
  if (!subdomain.test(store.name) || store.name.length > 253) {
    findings.push({
      kind: 'missing',
      message: `cluster ${cluster}: the store of externalSecrets() has no name that a ${store.kind} can have`,
      help: 'Give `store.name` the name of the store.',
    });
  }
  const places = new Map<string, string>();
  for (const secret of needed) {
    const id = `${secret.namespace}/${secret.name}`;
    const place: unknown = remoteKey(secret);
    if (typeof place !== 'string' || place.trim() === '') {
      findings.push({
        kind: 'missing',
        message: `cluster ${cluster}: Secret ${id} has no place in the store`,
        why: 'The operator refuses a remoteRef without a key.',
        help: 'Let `remoteKey` of externalSecrets() give every Secret a name.',
      });
      continue;
    }
    const other = places.get(place);
    if (other !== undefined) {
      findings.push({
        kind: 'stale',
        message: `cluster ${cluster}: Secrets ${other} and ${id} have one place in the store, ${place}`,
        why: 'Each would read the values of the other.',
        help: 'Let `remoteKey` of externalSecrets() give each Secret a name of its own.',
      });
    }
    places.set(place, id);
  }
  return findings;
}
