import { load } from 'js-yaml';
import type { Problem } from '../problem.ts';
import { isSealed } from './sealed-value.ts';
import { declaredScope, type SealingScope, scopeAnnotations } from './sealing-scope.ts';
import type { PlacedSecret } from './secret.ts';
import { secretsCommand } from './secrets-command.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A SealedSecret as a file holds it. Nothing in it is checked but that these are mappings. */
export interface SealedSecretFile extends Fields {
  readonly metadata: Fields;
  readonly spec: Fields & { readonly encryptedData?: Fields | undefined };
}

/** Reads a file; undefined when it is not one SealedSecret in YAML. */
export function parseSealedSecret(text: string): SealedSecretFile | undefined {
  let value: unknown;
  try {
    value = load(text);
  } catch {
    // The parser's message would quote the text, which may not be sealed.
    return undefined;
  }
  if (!isRecord(value) || value.apiVersion !== 'bitnami.com/v1alpha1' || value.kind !== 'SealedSecret')
    return undefined;
  const { metadata, spec } = value;
  return isRecord(metadata) && isRecord(spec) && (isEmpty(spec.encryptedData) || isRecord(spec.encryptedData))
    ? (value as unknown as SealedSecretFile)
    : undefined;
}

/** All that is wrong with a file but its keys. No problem quotes a value. */
export function sealedSecretProblems(
  path: string,
  text: string,
  file: SealedSecretFile,
  secret: PlacedSecret,
  scope: SealingScope,
): Problem[] {
  const bad = unsealedKeys(file).map((key) => `spec.encryptedData.${key}`);
  return [
    ...nameProblems(path, file, secret),
    ...scopeProblems(path, file, scope),
    ...readableProblems(path, [...bad, ...readablePlaces(text, file)]),
    ...formProblems(path, file, secret.type),
  ];
}

/** Keys of `spec.encryptedData` whose values are not sealed. */
export function unsealedKeys({ spec }: SealedSecretFile): string[] {
  return Object.entries(spec.encryptedData ?? {}).flatMap(([key, value]) => (isSealed(value) ? [] : [key]));
}

/** All places but `spec.encryptedData` that may hold a value which can be read. */
export function readablePlaces(text: string, file: SealedSecretFile): string[] {
  return [...plainValues(file), ...otherFields(file), ...exported(file), ...comments(text)];
}

/** That these places can be read, if there are any. */
export function readableProblems(path: string, places: readonly string[]): Problem[] {
  if (places.length === 0) return [];
  return [
    {
      message: `${path}: not sealed: ${places.join(', ')}`,
      why: 'Whoever can read the repository can read what is not sealed.',
      help: `Remove what can be read, and give the values again: ${secretsCommand('set', path, 'KEY')}. If a value was ever committed like this, replace it: it is public.`,
    },
  ];
}

/** What the object that is made of a file has no place for. */
export function formProblems(path: string, file: SealedSecretFile, type: string | undefined): Problem[] {
  const template = record(file.spec.template);
  const problems: Problem[] = [];
  if (!isEmpty(file.spec.data)) {
    problems.push({
      message: `${path}: spec.data is the old form, in which a whole Secret is one value`,
      why: 'Which keys it holds cannot be seen, and the controller refuses it beside spec.encryptedData.',
      help: `Remove the file, and give its values again: ${secretsCommand('set', path, 'KEY')}`,
    });
  }
  const more = [
    ...otherMetadata('metadata', file.metadata),
    ...otherMetadata('spec.template.metadata', record(template.metadata)),
  ];
  if (!isEmpty(file.status)) more.push('status');
  if (more.length > 0) {
    problems.push({
      message: `${path}: it holds what would not reach the cluster: ${more.join(', ')}`,
      why: 'The SealedSecret in dist is made from the name, the scope and the sealed values alone.',
      help: 'Remove it.',
    });
  }
  const wanted = type ?? 'Opaque';
  if ((isEmpty(template.type) ? 'Opaque' : template.type) !== wanted) {
    problems.push({
      message: `${path}: spec.template.type is not ${wanted}`,
      why: 'Whoever reads the Secret looks for that type, and Kubernetes does not let it be changed later.',
      help: type === undefined ? 'Remove it.' : `Write it: type: ${type}`,
    });
  }
  if (!isEmpty(template.immutable) && template.immutable !== false) {
    problems.push({
      message: `${path}: spec.template.immutable is set`,
      why: 'The controller could not change the Secret any more: a new value would never arrive.',
      help: 'Remove it.',
    });
  }
  return problems;
}

/** Whether a file's name and namespace are those of its path. */
export function nameProblems(
  path: string,
  file: SealedSecretFile,
  { namespace, secretName }: Pick<PlacedSecret, 'namespace' | 'secretName'>,
): Problem[] {
  const { metadata, spec } = file;
  const inner = record(record(spec.template).metadata);
  const problems: Problem[] = [];
  if (metadata.name !== secretName || metadata.namespace !== namespace) {
    problems.push({
      message: `${path}: it holds ${shown(metadata.namespace)}/${shown(metadata.name)}, and its path says ${namespace}/${secretName}`,
      why: boundTo[declaredScope(record(metadata.annotations))],
      help: `Rename the file, or remove it and give its values again: ${secretsCommand('set', path, 'KEY')}`,
    });
  }
  const differs = (['namespace', 'name'] as const).filter(
    (field) => !isEmpty(inner[field]) && inner[field] !== metadata[field],
  );
  if (differs.length > 0) {
    problems.push({
      message: `${path}: ${differs.map((field) => `spec.template.metadata.${field} is ${shown(inner[field])}, and metadata.${field} is ${shown(metadata[field])}`).join('; ')}`,
      why: 'kubeseal writes the same into both, so one of them was changed by hand since.',
      help: `Remove the file, and give its values again: ${secretsCommand('set', path, 'KEY')}`,
    });
  }
  return problems;
}

/** What a new name does to values of a scope: `EncryptionLabel` of sealed-secrets 0.38. */
export const boundTo: Readonly<Record<SealingScope, string | undefined>> = {
  strict: 'Its values are encrypted with their namespace and name: the controller opens them under no other.',
  'namespace-wide': 'Its values are encrypted with their namespace: the controller opens them in no other.',
  'cluster-wide': undefined,
};

/** Whether a file's scope is the cluster's. */
export function scopeProblems(path: string, { metadata, spec }: SealedSecretFile, scope: SealingScope): Problem[] {
  const outer = declaredScope(record(metadata.annotations));
  const inner = declaredScope(record(record(record(spec.template).metadata).annotations));
  if (outer !== inner) {
    return [
      {
        message: `${path}: the annotations of metadata say scope ${outer}, those of spec.template.metadata ${inner}`,
        why: 'kubeseal writes the same into both, so one was changed by hand since. A value is encrypted with its scope, and the controller opens it with the one in metadata.',
        help: `Remove the file, and give its values again: ${secretsCommand('set', path, 'KEY')}`,
      },
    ];
  }
  if (outer === scope) return [];
  const order: readonly SealingScope[] = ['strict', 'namespace-wide', 'cluster-wide'];
  const wider = order.indexOf(outer) > order.indexOf(scope);
  const where = outer === 'cluster-wide' ? 'in any namespace' : 'of any name in its namespace';
  return [
    {
      message: `${path}: sealed with scope ${outer}, and the cluster's is ${scope}`,
      why: wider
        ? `Whoever may create a SealedSecret ${where} could open the values.`
        : `A value is encrypted with its scope: as a ${scope} one the controller could not open it.`,
      help: wider
        ? `Remove the file, and give it new values, since these stay in the history of the repository: ${secretsCommand('set', path, 'KEY')}. Or give sealedSecrets() \`scope: '${outer}'\`.`
        : `Remove the file, and give its values again: ${secretsCommand('set', path, 'KEY')}. Or give sealedSecrets() ${outer === 'strict' ? 'no `scope`' : `\`scope: '${outer}'\``}.`,
    },
  ];
}

/** Values that are not sealed, wherever but in `spec.encryptedData` a value can stand. */
function plainValues({ data, stringData, spec }: SealedSecretFile): string[] {
  const template = record(spec.template);
  return [
    ...places('data', data),
    ...places('stringData', stringData),
    ...places('spec.stringData', spec.stringData),
    // The controller fills templates in, but their text is as readable as any.
    ...places('spec.template.data', template.data),
    ...places('spec.template.stringData', template.stringData),
  ];
}

/** Fields that a SealedSecret does not have: what they hold, nobody knows. */
function otherFields({ spec, ...file }: SealedSecretFile): string[] {
  const { template } = spec;
  const unknown = (prefix: string, value: Fields, known: readonly string[]) =>
    Object.keys(value).flatMap((key) => (known.includes(key) || isEmpty(value[key]) ? [] : [`${prefix}${key}`]));
  return [
    ...unknown('', file, ['apiVersion', 'kind', 'metadata', 'status', 'data', 'stringData']),
    ...unknown('spec.', spec, ['encryptedData', 'template', 'data', 'stringData']),
    ...(isEmpty(template) || isRecord(template) ? [] : ['spec.template']),
    ...unknown('spec.template.', record(template), ['metadata', 'type', 'immutable', 'data', 'stringData']),
  ];
}

/** Annotations that hold a whole Secret when it was exported from a cluster (`StripLastAppliedAnnotations` names both). */
const copies = ['kubectl.kubernetes.io/last-applied-configuration', 'kubecfg.ksonnet.io/last-applied-configuration'];

function exported({ metadata, spec }: SealedSecretFile): string[] {
  const inner = record(record(spec.template).metadata);
  return [
    ...copies.filter((name) => name in record(metadata.annotations)).map((name) => `metadata.annotations["${name}"]`),
    ...copies
      .filter((name) => name in record(inner.annotations))
      .map((name) => `spec.template.metadata.annotations["${name}"]`),
  ];
}

function comments(text: string): string[] {
  return text.split('\n').flatMap((line, index) => (/(^|\s)#/.test(line) ? [`the comment in line ${index + 1}`] : []));
}

function otherMetadata(prefix: string, metadata: Fields): string[] {
  const annotations = record(metadata.annotations);
  const carried = { ...scopeAnnotations('namespace-wide'), ...scopeAnnotations('cluster-wide') };
  return [
    ...Object.keys(metadata)
      .filter((key) => !['name', 'namespace'].includes(key) && !isEmpty(metadata[key]))
      .flatMap((key) => (key === 'annotations' && isRecord(metadata[key]) ? [] : [`${prefix}.${key}`])),
    ...Object.keys(annotations)
      .filter((name) => !copies.includes(name) && annotations[name] !== carried[name])
      .map((name) => `${prefix}.annotations["${name}"]`),
  ];
}

function places(prefix: string, value: unknown): string[] {
  if (isEmpty(value)) return [];
  return isRecord(value) ? Object.keys(value).map((key) => `${prefix}.${key}`) : [prefix];
}

function shown(name: unknown): string {
  return typeof name === 'string' ? name : '(none)';
}

function record(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

/** As programs in Go write a field that is not set. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (isRecord(value) && Object.keys(value).length === 0);
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
