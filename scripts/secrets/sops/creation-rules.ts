import { encryptedRegex } from './secret-document.ts';
import { SopsError } from './sops-error.ts';
import { applyEdits, lineEnd, lineStart } from './text-edits.ts';
import { childOf, parseTree, stringOf, type YamlMapping, type YamlNode } from './yaml-tree.ts';

/** A cluster whose files sops encrypts. */
export interface SopsCluster {
  readonly name: string;
  readonly recipients: readonly string[];
}

const begin = '# chitin: from clusters/*/cluster.ts; other rules belong below';
const end = '# chitin: end';

/**
 * The text of `.sops.yaml` in which each cluster has its rule, so that the sops program encrypts a file by hand as we do. The
 * rules stand in a block of their own at the top of `creation_rules`; the rest of the file stays byte for byte.
 *
 * @param text the file, or undefined when there is none
 * @returns undefined when there is no file, and no cluster that needs one
 * @throws SopsError when a person's rule stands before the block and may take its files (sops takes the first rule that fits), or
 *   the file is none that we can add to
 */
export function creationRules(text: string | undefined, clusters: readonly SopsCluster[]): string | undefined {
  if (text === undefined && clusters.length === 0) return undefined;
  const others = withoutBlock(text ?? '');
  if (clusters.length === 0) return others;
  const root = rootOf(others);
  const key = root?.entries.find((entry) => entry.key.value === 'creation_rules')?.key;
  const rules = childOf(root, 'creation_rules');
  const eol = others.includes('\r\n') ? '\r\n' : '\n';
  const block = (indent: number) =>
    blockLines(' '.repeat(indent), clusters)
      .map((line) => `${line}${eol}`)
      .join('');
  let result: string;
  if (key) {
    const at = lineEnd(others, key.start);
    const indent = /\n( *)- /.exec(others.slice(at - 1))?.[1]?.length;
    const added = block(rules?.kind === 'sequence' && indent !== undefined ? indent : 4);
    result = applyEdits(others, [{ start: at, end: at, text: added }]);
  } else {
    const before = others === '' || others.endsWith('\n') ? others : `${others}${eol}`;
    result = `${before}creation_rules:${eol}${block(4)}`;
  }
  requireInStep(result, rules, clusters);
  return result;
}

function blockLines(pad: string, clusters: readonly SopsCluster[]): string[] {
  const rules = sorted(clusters).flatMap((cluster) => [
    `${pad}- path_regex: ${pathRegex(cluster)}`,
    `${pad}  encrypted_regex: ${encryptedRegex}`,
    `${pad}  age: ${cluster.recipients.join(',')}`,
  ]);
  return [`${pad}${begin}`, ...rules, `${pad}${end}`];
}

function sorted(clusters: readonly SopsCluster[]): SopsCluster[] {
  return clusters.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** For paths from the file's folder, which sops uses, and for whole ones. */
function pathRegex({ name }: SopsCluster): string {
  return `(^|/)clusters/${name.replace(/[.*+?^$()|[\]{}\\]/g, '\\$&')}/secrets/`;
}

/** The file without the block, if it has one and no other rule stands before it. */
function withoutBlock(text: string): string {
  const from = text.indexOf(begin);
  if (from < 0) return text;
  const last = text.indexOf(end, from + begin.length);
  if (last < 0) throw refused(`the line "${end}" is missing`);
  const rules = childOf(rootOf(text), 'creation_rules');
  const first = rules?.kind === 'sequence' ? rules.items[0] : undefined;
  if (first?.kind === 'mapping' && (first.entries[0]?.key.start ?? from) < from) {
    throw refused(
      'a rule stands before those of chitin',
      'sops takes the first rule that fits a path: it may take the files of a cluster.',
      `Move it below the line "${end}".`,
    );
  }
  return applyEdits(text, [{ start: lineStart(text, from), end: lineEnd(text, last), text: '' }]);
}

/** What was written reads as our rules, with those of the person behind them. */
function requireInStep(text: string, others: YamlNode | undefined, clusters: readonly SopsCluster[]): void {
  let rules: YamlNode | undefined;
  try {
    rules = childOf(rootOf(text), 'creation_rules');
  } catch {
    // The file was YAML before: what we added does not fit in, and the answer below says why.
  }
  const items = rules?.kind === 'sequence' ? rules.items : [];
  const expected = sorted(clusters).map(pathRegex);
  const behind = others?.kind === 'sequence' ? others.items.length : 0;
  const ours = items.slice(0, clusters.length).map((item) => stringOf(item, 'path_regex'));
  if (items.length === clusters.length + behind && ours.every((regex, index) => regex === expected[index])) return;
  throw refused('its creation_rules is not a list with one rule below the other');
}

function rootOf(text: string): YamlMapping | undefined {
  if (text.split('\n').every((line) => /^\s*(?:#|$)/.test(line))) return undefined;
  let root: YamlNode;
  try {
    root = parseTree(text, 'kept');
  } catch (error) {
    throw refused((error as Error).message);
  }
  if (root.kind === 'mapping') return root;
  throw refused('it is not a mapping');
}

function refused(
  what: string,
  why?: string,
  help = 'Correct the file, or remove it: it is then written anew.',
): SopsError {
  return new SopsError('unsupported', { message: `.sops.yaml: ${what}`, why, help });
}
