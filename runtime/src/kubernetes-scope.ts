import type { Config } from './config.ts';
import { ApiError, type Json, type KubernetesApi } from './kubernetes-api.ts';

export type KubernetesConfig = NonNullable<Config['tools']['kubernetes']>;

const discoveryLimit = 1_048_576;

const namespacedKinds = [
  'v1/pods',
  'v1/services',
  'v1/resourcequotas',
  'v1/limitranges',
  'v1/persistentvolumeclaims',
  'apps/v1/deployments',
  'apps/v1/statefulsets',
  'apps/v1/daemonsets',
  'apps/v1/replicasets',
  'batch/v1/jobs',
  'batch/v1/cronjobs',
  'kustomize.toolkit.fluxcd.io/v1/kustomizations',
  'helm.toolkit.fluxcd.io/v2/helmreleases',
  'source.toolkit.fluxcd.io/v1/gitrepositories',
  'source.toolkit.fluxcd.io/v1/helmrepositories',
  'source.toolkit.fluxcd.io/v1/helmcharts',
  'source.toolkit.fluxcd.io/v1/ocirepositories',
  'source.toolkit.fluxcd.io/v1/buckets',
];
const clusterKinds = ['v1/nodes', 'v1/namespaces', 'v1/persistentvolumes', 'storage.k8s.io/v1/storageclasses'];

/** The cluster does not know the kind. */
export class NotInstalled extends Error {}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Which paths of the API may be read. */
export class Scope {
  readonly #kinds: readonly Kind[];
  readonly #namespaces: readonly string[];
  readonly #api: KubernetesApi;
  readonly #discovered = new Map<string, Promise<Json>>();

  constructor({ kinds, namespaces }: KubernetesConfig, api: KubernetesApi) {
    const names = kinds ?? [...namespacedKinds, ...(namespaces.includes('*') ? clusterKinds : [])];
    this.#kinds = names.map((name) => {
      const parts = name.split('/');
      const [version = '', resource = ''] = parts.slice(-2);
      return { group: parts.length === 3 ? (parts[0] ?? '') : '', version, resource };
    });
    this.#namespaces = namespaces;
    this.#api = api;
  }

  names(): string[] {
    return this.#kinds.map(({ group, resource }) =>
      this.#kinds.some((other) => other.resource === resource && other.group !== group)
        ? `${resource}.${group}`
        : resource,
    );
  }

  /** @throws Error for a kind or namespace that is not on the list */
  async path(
    name: string,
    namespace: string | undefined,
    signal: AbortSignal,
    { one = false } = {},
  ): Promise<string[]> {
    const wanted = name.toLowerCase();
    if (/^(?:.*\/)?secrets?(?:[./].*)?$/.test(wanted)) throw new Error('Secrets are not read');
    const index = this.names().indexOf(wanted);
    const kind = this.#kinds.find(
      ({ group, resource }, at) => at === index || wanted === (group === '' ? resource : `${resource}.${group}`),
    );
    if (kind === undefined) throw new Error(`${JSON.stringify(name)} is not one of: ${this.names().join(', ')}`);
    if (namespace !== undefined) this.within([], namespace, '');
    const base = kind.group === '' ? ['api', kind.version] : ['apis', kind.group, kind.version];
    // The server says whether the kind lives in namespaces: a wrong guess would list all of them.
    const { resources } = await this.#discover(base, signal);
    const found = (resources as Json[]).find((entry) => entry.name === kind.resource);
    if (found === undefined) throw new NotInstalled(`the cluster has no ${name}`);
    if (found.kind === 'Secret') throw new Error('Secrets are not read');
    if (found.namespaced === true) return this.within(base, namespace, kind.resource, { one });
    if (namespace !== undefined) throw new Error(`${name} are not in namespaces: leave it out`);
    return [...base, kind.resource];
  }

  /** A kind that lives in namespaces: in the given one, the only one, or all when that is allowed. */
  within(base: readonly string[], given: string | undefined, resource: string, { one = false } = {}): string[] {
    const all = this.#namespaces.includes('*');
    const namespace = given ?? (this.#namespaces.length === 1 && !all ? this.#namespaces[0] : undefined);
    if (namespace === undefined) {
      if (all && !one) return [...base, resource];
      throw new Error(`say which namespace: ${this.#namespaces.join(', ')}`);
    }
    if (!all && !this.#namespaces.includes(namespace))
      throw new Error(`the namespace ${JSON.stringify(namespace)} is not one of: ${this.#namespaces.join(', ')}`);
    return [...base, 'namespaces', checked('namespace', namespace), resource];
  }

  /** The paths that together show a kind wherever it may be read. */
  everywhere(base: readonly string[], resource: string): string[][] {
    if (this.#namespaces.includes('*')) return [[...base, resource]];
    return this.#namespaces.map((namespace) => this.within(base, namespace, resource));
  }

  #discover(base: readonly string[], signal: AbortSignal): Promise<Json> {
    const key = base.join('/');
    const known = this.#discovered.get(key);
    if (known !== undefined) return known;
    const asked = this.#api.json(base, {}, { signal, limit: discoveryLimit }).catch((error: unknown) => {
      this.#discovered.delete(key);
      throw error instanceof ApiError && error.status === 404 ? new NotInstalled(`the cluster has no ${key}`) : error;
    });
    this.#discovered.set(key, asked);
    return asked;
  }
}

/** Letters, digits and inner punctuation, as in every name of Kubernetes; no path, no wildcard, no list. */
export function checked(what: string, name: string): string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$/.test(name))
    throw new Error(`${JSON.stringify(name.slice(0, 80))} is no ${what}`);
  return name;
}
