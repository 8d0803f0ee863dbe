import { loadAll } from 'js-yaml';
import { randomWords } from './entropy.ts';
import type { Found } from './found.ts';

/** A value as sops writes it. */
const encrypted = /^ENC\[AES256_GCM,data:[^\]]*\]$/;

/**
 * Values in Kubernetes objects that may be secrets: any in a Secret that is not encrypted, and words that look random in a
 * ConfigMap or an environment variable. A text that is no YAML has none.
 */
export function kubernetesValues(text: string): Found[] {
  let documents: unknown[];
  try {
    documents = loadAll(text);
  } catch {
    // The parser's message would quote the text.
    return [];
  }
  const objects = documents.flatMap((value) => (isRecord(value) && Array.isArray(value.items) ? value.items : [value]));
  return objects.filter(isRecord).flatMap((object) => valuesOf(object, text));
}

type Fields = Readonly<Record<string, unknown>>;

function valuesOf(object: Fields, text: string): Found[] {
  const { namespace, name } = isRecord(object.metadata) ? object.metadata : {};
  const title = `${String(object.kind)} ${namespace === undefined ? '' : `${String(namespace)}/`}${String(name)}`;
  const inField = (place: string) => ({ field: `${title} ${place}` });
  if (object.kind === 'Secret') {
    return ['data', 'stringData'].flatMap((part) =>
      entries(object[part])
        .filter(([, value]) => value !== '' && value !== null && !(typeof value === 'string' && encrypted.test(value)))
        .map(([key]) => ({ id: 'plain-secret', line: lineOf(text, key), value: '', ...inField(`${part}.${key}`) })),
    );
  }
  if (object.kind === 'ConfigMap') {
    return ['data', 'binaryData'].flatMap((part) =>
      entries(object[part]).flatMap(([key, value]) => random(value, text, inField(`${part}.${key}`))),
    );
  }
  return environment(object).flatMap(([name, value]) => random(value, text, inField(`env ${name}`)));
}

function random(value: unknown, text: string, where: { readonly field: string }): Found[] {
  if (typeof value !== 'string') return [];
  return randomWords(value).map((word) => ({ id: 'high-entropy', line: lineOf(text, word), value: word, ...where }));
}

/** Every `env` with values of an object, wherever a pod is described in it. */
function environment(value: unknown): [name: string, value: unknown][] {
  if (Array.isArray(value)) return value.flatMap(environment);
  if (!isRecord(value)) return [];
  const own = Array.isArray(value.env) ? value.env.filter(isRecord) : [];
  return [
    ...own.flatMap((variable): [string, unknown][] => [[String(variable.name), variable.value]]),
    ...Object.values(value).flatMap(environment),
  ];
}

/** The first line that holds a text; 1 when it is written in another way. */
function lineOf(text: string, part: string): number {
  const offset = text.indexOf(part);
  return offset === -1 ? 1 : text.slice(0, offset).split('\n').length;
}

function entries(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
