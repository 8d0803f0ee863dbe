import type { KubeObject, Manifest } from '../../manifest/manifest.ts';
import { containersOf, type Fields, fields, items, podSpecOf, text } from '../../manifest/pod-specs.ts';
import type { Rule, RuleContext, Violation } from '../rule.ts';

interface Reference {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly path: string;
  /** Keys that the object must have. */
  readonly keys?: readonly string[] | undefined;
}

/** What Kubernetes itself puts into every namespace. */
const provided = new Set(['ConfigMap kube-root-ca.crt', 'ServiceAccount default']);

export const danglingReference: Rule = {
  id: 'dangling-reference',
  severity: 'error',
  doc: 'What an object refers to by name exists: ConfigMap, Secret and their keys, ServiceAccount, claim, Role, parameter of a policy.',
  check: (manifests, context) => {
    const known = index(manifests, context);
    const paramKinds = paramKindsOf(manifests);
    return manifests.flatMap((manifest) =>
      [...referencesOf(manifest), ...paramReferences(manifest, paramKinds)]
        .filter(({ kind, name }) => !provided.has(`${kind} ${name}`))
        .flatMap((reference) => missing(manifest, reference, known)),
    );
  },
};

/** Keys of each object by what names it; `unknown` when something else decides on them. */
type Known = ReadonlyMap<string, Keys>;
type Keys = ReadonlySet<string> | 'unknown';

function index(manifests: readonly Manifest[], { existing }: RuleContext): Known {
  const known = new Map<string, Keys>();
  for (const { object } of manifests) {
    for (const { kind, namespace, name, keys } of provides(object)) {
      const called = id(kind, namespace, name);
      const before = known.get(called);
      known.set(called, before === undefined ? keys : together(before, keys));
    }
  }
  for (const { kind, namespace, name } of existing) {
    if (!known.has(id(kind, namespace, name))) known.set(id(kind, namespace, name), 'unknown');
  }
  return known;
}

function together(a: Keys, b: Keys): Keys {
  return a === 'unknown' || b === 'unknown' ? 'unknown' : a.union(b);
}

interface Provided {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly keys: Keys;
}

/** The object itself, and the Secret that a controller makes from it. */
function provides(object: KubeObject): Provided[] {
  const { kind } = object;
  const { namespace, name } = object.metadata;
  const keys = kind === 'ConfigMap' || kind === 'Secret' ? keysIn(object, ['data', 'stringData', 'binaryData']) : none;
  const own = { kind, namespace, name, keys };
  const secret = secretFrom(object);
  return secret ? [own, { ...secret, kind: 'Secret', namespace }] : [own];
}

function secretFrom(object: KubeObject): { name: string; keys: Keys } | undefined {
  const { name } = object.metadata;
  const spec = fields(object.spec);
  if (object.kind === 'SealedSecret' && object.apiVersion.startsWith('bitnami.com/')) {
    return { name, keys: keysIn(spec, ['encryptedData']).union(keysIn(fields(spec.template), ['data'])) };
  }
  if (object.kind === 'ExternalSecret' && object.apiVersion.startsWith('external-secrets.io/')) {
    const target = fields(spec.target);
    // With `manifest` it makes an object of another kind.
    if (target.creationPolicy === 'None' || target.manifest) return undefined;
    const template = fields(target.template);
    const decidedElsewhere = [spec.dataFrom, template.data, template.templateFrom].some((value) => value !== undefined);
    const keys = items(spec.data).flatMap((each) => text(fields(each).secretKey) ?? []);
    return { name: text(target.name) ?? name, keys: decidedElsewhere ? 'unknown' : new Set(keys) };
  }
  return undefined;
}

const none: ReadonlySet<string> = new Set();

function keysIn(object: Fields, places: readonly string[]): ReadonlySet<string> {
  return new Set(places.flatMap((place) => Object.keys(fields(object[place]))));
}

function id(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

function missing(manifest: Manifest, { kind, namespace, name, path, keys }: Reference, known: Known): Violation[] {
  const has = known.get(id(kind, namespace, name));
  const full = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  if (!has) {
    return [
      {
        manifest,
        path,
        message: `there is no ${full}`,
        help: 'Correct the name, make the object, or declare it as existing if something else makes it.',
      },
    ];
  }
  if (has === 'unknown') return [];
  return (keys ?? [])
    .filter((key) => !has.has(key))
    .map((key) => ({
      manifest,
      path,
      message: `${full} has no key "${key}"`,
      help: `It has: ${[...has].join(', ')}.`,
    }));
}

function referencesOf({ object }: Manifest): Reference[] {
  const { namespace } = object.metadata;
  const references: Reference[] = [];
  const pod = podSpecOf(object);
  if (pod) references.push(...podReferences(pod.spec, pod.path).map((reference) => ({ ...reference, namespace })));
  if (object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding') {
    const role = fields(object.roleRef);
    const kind = text(role.kind) ?? '';
    references.push({
      kind,
      namespace: kind === 'Role' ? namespace : undefined,
      name: text(role.name) ?? '',
      path: '$.roleRef',
    });
    items(object.subjects).forEach((subject, at) => {
      const { kind: subjectKind, name, namespace: where } = fields(subject);
      if (subjectKind === 'ServiceAccount') {
        references.push({
          kind: 'ServiceAccount',
          namespace: text(where) ?? namespace,
          name: text(name) ?? '',
          path: `$.subjects[${at}]`,
        });
      }
    });
  }
  // Built-in ClusterRoles belong to the cluster.
  return references.filter(
    ({ kind, name }) => !(kind === 'ClusterRole' && /^(system:|admin$|edit$|view$|cluster-admin$)/.test(name)),
  );
}

/** Kind of the parameters of each ValidatingAdmissionPolicy, by its name. */
function paramKindsOf(manifests: readonly Manifest[]): ReadonlyMap<string, string> {
  return new Map(
    manifests
      .filter(({ object }) => object.kind === 'ValidatingAdmissionPolicy')
      .flatMap(({ object }) => {
        const kind = text(fields(fields(object.spec).paramKind).kind);
        return kind === undefined ? [] : [[object.metadata.name, kind] as const];
      }),
  );
}

/** The parameter that a binding names, where the request fails without it. */
function paramReferences({ object }: Manifest, paramKinds: ReadonlyMap<string, string>): Reference[] {
  if (object.kind !== 'ValidatingAdmissionPolicyBinding') return [];
  const { policyName, paramRef } = fields(object.spec);
  const { name, namespace, parameterNotFoundAction } = fields(paramRef);
  const kind = paramKinds.get(text(policyName) ?? '');
  const param = text(name);
  if (kind === undefined || param === undefined || parameterNotFoundAction !== 'Deny') return [];
  return [{ kind, namespace: text(namespace), name: param, path: '$.spec.paramRef' }];
}

function podReferences(spec: Fields, path: string): Reference[] {
  const references: Reference[] = [];
  const add = (kind: string, name: unknown, at: string, keys?: (string | undefined)[]) => {
    const target = text(name);
    if (target !== undefined)
      references.push({ kind, name: target, path: at, keys: keys?.filter((key) => key !== undefined) });
  };
  add('ServiceAccount', spec.serviceAccountName, `${path}.serviceAccountName`);
  items(spec.imagePullSecrets).forEach((secret, at) => {
    add('Secret', fields(secret).name, `${path}.imagePullSecrets[${at}]`);
  });
  const volumeSources = (volume: unknown, at: string) => {
    const { configMap, secret, persistentVolumeClaim, projected } = fields(volume);
    const keysOf = (source: unknown) => items(fields(source).items).map((item) => text(fields(item).key));
    if (configMap && !fields(configMap).optional)
      add('ConfigMap', fields(configMap).name, `${at}.configMap`, keysOf(configMap));
    if (secret && !fields(secret).optional) {
      add('Secret', fields(secret).secretName ?? fields(secret).name, `${at}.secret`, keysOf(secret));
    }
    if (persistentVolumeClaim)
      add('PersistentVolumeClaim', fields(persistentVolumeClaim).claimName, `${at}.persistentVolumeClaim`);
    items(fields(projected).sources).forEach((source, index_) => {
      volumeSources(source, `${at}.projected.sources[${index_}]`);
    });
  };
  items(spec.volumes).forEach((volume, at) => {
    volumeSources(volume, `${path}.volumes[${at}]`);
  });
  for (const { container, path: at } of containersOf(spec, path)) {
    items(container.env).forEach((entry, index_) => {
      const from = fields(fields(entry).valueFrom);
      for (const [field, kind] of [
        ['secretKeyRef', 'Secret'],
        ['configMapKeyRef', 'ConfigMap'],
      ] as const) {
        const ref = fields(from[field]);
        if (!ref.optional) add(kind, ref.name, `${at}.env[${index_}].valueFrom.${field}`, [text(ref.key)]);
      }
    });
    items(container.envFrom).forEach((entry, index_) => {
      for (const [field, kind] of [
        ['secretRef', 'Secret'],
        ['configMapRef', 'ConfigMap'],
      ] as const) {
        const ref = fields(fields(entry)[field]);
        if (!ref.optional) add(kind, ref.name, `${at}.envFrom[${index_}].${field}`);
      }
    });
  }
  return references;
}
