import type { SecretBackend } from './backend.ts';
import { type ExternalStore, requireProvider, storeObjects } from './external-store.ts';
import { type FileTemplate, templated, templateProblems, unusedTemplates } from './external-template.ts';
import type { PlacedSecret } from './secret.ts';
import type { CiphertextStore } from './store.ts';

interface SecretId {
  readonly namespace: string;
  readonly name: string;
}

/** Options of `externalSecrets()`. */
export type ExternalSecretsOptions = {
  /** The store that holds the values: in each app's namespace, or for the whole cluster. */
  readonly store: ExternalStore;
  /** How often the operator reads the store, such as `15m`. @default '1h' */
  readonly refreshInterval?: `${number}${'s' | 'm' | 'h'}`;
  /** Files that are put together from parts, by `<namespace>/<secret>`. @default each key is a property of the entry */
  readonly templates?: Readonly<Record<string, FileTemplate>>;
} & (
  | {
      /** Where the store holds this cluster's secrets, such as its name: `<prefix>/<namespace>/<secret>`. */
      readonly prefix: string;
      readonly remoteKey?: never;
    }
  | {
      /** Where the store holds a Secret, for a store whose names have no slashes. */
      readonly remoteKey: (secret: SecretId) => string;
      readonly prefix?: never;
    }
);

/**
 * External Secrets Operator (2.9, `external-secrets.io/v1`): an ExternalSecret for each Secret, with every key by name. The
 * store has one entry for each Secret (`lab/zeroclaw/claw-matrix`), and in it one property for each key.
 *
 * No value is in Git, so a changed one changes nothing in `dist` and restarts no pod: mounted files follow by themselves,
 * environment variables with the next restart (`kubectl rollout restart`).
 *
 * @throws when `prefix` is no path, or `store.provider` none that can be
 */
export function externalSecrets(options: ExternalSecretsOptions): SecretBackend {
  const { prefix } = options;
  if (prefix !== undefined && !/^[^/\s]+(\/[^/\s]+)*$/.test(prefix)) {
    throw new Error('externalSecrets(): `prefix` is not of the form `a` or `a/b`, without a slash at either end');
  }
  const { store, templates = {} } = options;
  requireProvider(store);
  const templateOf = ({ namespace, name }: SecretId) => templates[`${namespace}/${name}`];
  const remoteKey = options.remoteKey ?? (({ namespace, name }: SecretId) => `${options.prefix}/${namespace}/${name}`);
  return {
    name: 'externalSecrets',
    recipients: [],
    keeping: {
      kind: 'externalSecrets',
      store,
      remoteKey,
      parts: (secret, key) => {
        const template = templateOf(secret);
        return Object.hasOwn(template?.files ?? {}, key) ? template?.parts : undefined;
      },
    },
    shared: (needed) => {
      const namespaces = [...new Set([...needed].map((id) => id.split('/')[0] ?? ''))].sort();
      return { objects: storeObjects(store, namespaces), problems: unusedTemplates(templates, needed) };
    },
    render: (secret, files) => render(secret, files, options, remoteKey),
  };
}

function render(
  { namespace, secretName: name, keys, type }: PlacedSecret,
  files: CiphertextStore,
  { store, refreshInterval, templates }: ExternalSecretsOptions,
  remoteKey: (secret: SecretId) => string,
): ReturnType<SecretBackend['render']> {
  if (files.read(namespace, name) !== undefined) {
    const problem = {
      message: `${files.path(namespace, name)}: nothing reads it`,
      why: `The cluster's backend is externalSecrets(): its values come from ${store.kind} ${store.name}.`,
      help: 'Remove the file, or give the cluster the secret backend that opens it.',
    };
    return { objects: [], findings: [], problems: [problem] };
  }
  const own = templates?.[`${namespace}/${name}`];
  const problems = templateProblems(`${namespace}/${name}`, Object.keys(keys), own);
  if (problems.length > 0) return { objects: [], findings: [], problems };
  const { properties, template } = templated(Object.keys(keys), type, own);
  const key = remoteKey({ namespace, name });
  const props = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, namespace },
    spec: {
      refreshInterval: refreshInterval ?? '1h',
      secretStoreRef: { kind: store.kind, name: store.name },
      // With the object goes the Secret; a value that is missing in the store takes nothing away.
      target: { name, creationPolicy: 'Owner', deletionPolicy: 'Retain', ...(template ? { template } : {}) },
      data: properties.map((property) => ({ secretKey: property, remoteRef: { key, property } })),
    },
  };
  return { objects: [{ props }], findings: [], problems: [] };
}
