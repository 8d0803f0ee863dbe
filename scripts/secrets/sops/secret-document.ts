import { otherKeyKinds } from '../../../constructs/secrets/sops-file.ts';
import type { WrappedKey } from './data-key.ts';
import { SopsError } from './sops-error.ts';
import { childOf, parseTree, stringOf, type YamlMapping, type YamlNode, type YamlScalar } from './yaml-tree.ts';

/** The fields of a Secret that hold values. */
export type ValueField = 'data' | 'stringData';

/** What is encrypted of a Secret; metadata stays readable, since kustomize and reviewers need it. */
export const encryptedRegex = '^(data|stringData)$';

/** A file with its text, and its path as an error shows it. */
export interface SopsText {
  readonly path: string;
  readonly text: string;
}

/** A scalar outside the `sops` section, with what the keys above it are. */
export interface Leaf {
  readonly path: readonly string[];
  readonly scalar: YamlScalar;
  /** Whether sops encrypts it: `shouldBeEncrypted` of sops 3.13 for our `encrypted_regex`, which any step may match. */
  readonly encrypted: boolean;
}

/** One key of the Secret. */
export interface SecretEntry {
  readonly field: ValueField;
  readonly key: string;
  readonly keyScalar: YamlScalar;
  readonly leaf: Leaf;
}

/** A Secret that sops encrypted with age, and where its parts stand in the text. */
export interface SecretDocument extends SopsText {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  /** In the order in which the MAC covers them. */
  readonly leaves: readonly Leaf[];
  readonly entries: readonly SecretEntry[];
  /** The keys of the first level, in order. */
  readonly topKeys: readonly YamlScalar[];
  /** Whether it has one key a line where it can change, so that a change touches its lines alone. */
  readonly editable: boolean;
  readonly sops: {
    readonly wrapped: readonly WrappedKey[];
    /** Keys of the section, in order. */
    readonly keys: readonly YamlScalar[];
    readonly lastmodified: YamlScalar;
    readonly mac: YamlScalar;
  };
}

/**
 * Reads a file.
 *
 * @throws SopsError for what is not a Secret that sops encrypted with age keys, one group of them, and our `encrypted_regex`
 */
export function parseSecretDocument({ path, text }: SopsText): SecretDocument {
  const root = tree(path, text);
  if (root.kind !== 'mapping' || stringOf(root, 'apiVersion') !== 'v1' || stringOf(root, 'kind') !== 'Secret')
    throw damaged(path, 'it is not a v1 Secret in YAML');
  const section = childOf(root, 'sops');
  if (section?.kind !== 'mapping') {
    throw new SopsError('damaged', {
      message: `${path}: it has no sops section`,
      why: 'It was never encrypted, or the section was lost: without it nobody can open the values.',
      help: 'If its values can be read, remove the file, set them again, and replace them where they come from if it was ever committed.',
    });
  }
  refuseUnsupported(path, section);
  const leaves: Leaf[] = [];
  for (const { key, value } of root.entries) if (key.value !== 'sops') addLeaves(leaves, [key.value], value);
  const metadata = childOf(root, 'metadata');
  const sections = [root, section, childOf(root, 'data'), childOf(root, 'stringData')];
  return {
    path,
    text,
    editable:
      !sections.some((node) => node?.kind === 'mapping' && node.flow && node.entries.length > 0) &&
      !leaves.some(({ encrypted, scalar }) => encrypted && scalar.style === 'block'),
    name: stringOf(metadata, 'name'),
    namespace: stringOf(metadata, 'namespace'),
    leaves,
    entries: [...entriesOf(path, root, 'data', leaves), ...entriesOf(path, root, 'stringData', leaves)],
    topKeys: root.entries.map(({ key }) => key),
    sops: {
      wrapped: wrappedKeys(path, section),
      keys: section.entries.map(({ key }) => key),
      lastmodified: required(path, section, 'lastmodified'),
      mac: required(path, section, 'mac'),
    },
  };
}

/** The line of a place in the text, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

export function damaged(path: string, what: string): SopsError {
  return new SopsError('damaged', {
    message: `${path}: ${what}`,
    help: 'Take the file from the last commit in which it was whole, or remove it and set its values again.',
  });
}

function tree(path: string, text: string): YamlNode {
  try {
    return parseTree(text);
  } catch (error) {
    throw damaged(path, (error as Error).message);
  }
}

function addLeaves(leaves: Leaf[], path: readonly string[], node: YamlNode): void {
  if (node.kind === 'scalar') {
    const encrypted = path.some((step) => step === 'data' || step === 'stringData');
    leaves.push({ path, scalar: node, encrypted });
  } else if (node.kind === 'mapping') {
    for (const { key, value } of node.entries) addLeaves(leaves, [...path, key.value], value);
  } else {
    // sops gives the items of a list the path of the list.
    for (const item of node.items) addLeaves(leaves, path, item);
  }
}

function entriesOf(path: string, root: YamlNode, field: ValueField, leaves: readonly Leaf[]): SecretEntry[] {
  const node = childOf(root, field);
  if (node === undefined || (node.kind === 'scalar' && node.style === 'plain' && node.value === '')) return [];
  if (node.kind !== 'mapping') throw damaged(path, `${field} is not a mapping`);
  return node.entries.map(({ key, value }) => {
    const leaf = leaves.find(({ scalar }) => scalar === value);
    if (leaf === undefined || (leaf.scalar.style === 'plain' && leaf.scalar.value === ''))
      throw damaged(path, `${field}.${key.value} is not a text`);
    return { field, key: key.value, keyScalar: key, leaf };
  });
}

function wrappedKeys(path: string, section: YamlMapping): WrappedKey[] {
  const age = childOf(section, 'age');
  const items = age?.kind === 'sequence' ? age.items : [];
  const wrapped = items.map((item) => {
    const [recipient, enc] = [stringOf(item, 'recipient'), stringOf(item, 'enc')];
    if (recipient === undefined || enc === undefined)
      throw damaged(path, 'an entry of sops.age has no recipient or no enc');
    return { recipient, enc };
  });
  if (wrapped.length === 0) throw damaged(path, 'it is encrypted to no age recipient');
  return wrapped;
}

function required(path: string, section: YamlMapping, key: string): YamlScalar {
  const value = childOf(section, key);
  if (value?.kind !== 'scalar' || value.value === '') throw damaged(path, `the sops section has no ${key}`);
  return value;
}

function refuseUnsupported(path: string, section: YamlMapping): void {
  const filled = (key: string) => {
    const value = childOf(section, key);
    if (value === undefined || (value.kind === 'scalar' && /^(?:|~|null|false)$/.test(value.value))) return false;
    return value.kind !== 'sequence' || value.items.length > 0;
  };
  const unsupported = (what: string, why: string, help: string) =>
    new SopsError('unsupported', { message: `${path}: ${what}`, why, help });
  if (filled('key_groups')) {
    throw unsupported(
      'it is encrypted to groups of keys',
      'A group is opened with keys of several people together; the GitOps engine of a cluster has one age key.',
      'Encrypt it to a list of age recipients: sops updatekeys, with `age` and without `key_groups` in .sops.yaml.',
    );
  }
  const kinds = otherKeyKinds.filter((kind) => kind !== 'key_groups' && filled(kind));
  if (kinds.length > 0) {
    throw unsupported(
      `it is encrypted to keys of ${kinds.join(', ')}`,
      "The cluster's recipients are age keys, and whoever holds another key could read the file too.",
      'Remove these keys: sops rotate, with the --rm- option of that kind.',
    );
  }
  if (filled('mac_only_encrypted')) {
    throw unsupported(
      'its MAC covers encrypted values alone (mac_only_encrypted)',
      'Its name, namespace and labels could be changed without a trace, and so who reads the Secret.',
      'Remove mac_only_encrypted from .sops.yaml, and make the file again.',
    );
  }
  const rules = ['unencrypted_suffix', 'encrypted_suffix', 'unencrypted_regex']
    .concat('unencrypted_comment_regex', 'encrypted_comment_regex')
    .filter(filled);
  if (rules.length > 0 || stringOf(section, 'encrypted_regex') !== encryptedRegex) {
    throw unsupported(
      `its rule for what is encrypted is not encrypted_regex: ${encryptedRegex}`,
      'Another one leaves values readable, or hides what kustomize has to read.',
      `Make the file again: sops decrypt, then sops encrypt --encrypted-regex '${encryptedRegex}'.`,
    );
  }
}
