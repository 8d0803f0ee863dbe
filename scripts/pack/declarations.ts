import { posix } from 'node:path';

/** A name of another module: its file (relative to the package) or package, and what it is called there; `*` for all of it. */
export interface Reference {
  readonly from: string;
  readonly name: string;
}

/** What a declaration file that the compiler wrote says. */
export interface Declarations {
  /** Statements by the name that they declare, without comments; several for overloads. */
  readonly declared: ReadonlyMap<string, readonly string[]>;
  /** Names that are declared here and can be imported. */
  readonly exported: ReadonlySet<string>;
  readonly imported: ReadonlyMap<string, Reference>;
  /** `export { name } from`, and `export * from` under the name `* <from>`. */
  readonly passedOn: ReadonlyMap<string, Reference>;
}

/**
 * Reads the few forms of statements that the compiler writes at the top of a declaration file.
 *
 * @param file its path in the package, with forward slashes
 * @throws on a form that is not known here
 */
export function readDeclarations(file: string, text: string): Declarations {
  const declared = new Map<string, readonly string[]>();
  const exported = new Set<string>();
  const imported = new Map<string, Reference>();
  const passedOn = new Map<string, Reference>();
  const from = (specifier: string) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.d.ts') : specifier;
  for (const statement of statements(text)) {
    const all = /^export (?:type )?\* from '([^']+)';$/.exec(statement);
    const some = /^(import|export) (?:type )?\{([^}]*)\}(?: from '([^']+)')?;$/.exec(statement);
    const whole = /^import (?:type )?\* as (\w+) from '([^']+)';$/.exec(statement);
    const own = /^(export )?(?:declare )?(?:abstract )?(?:class|const|function|interface|type) ([\w$]+)/.exec(
      statement,
    );
    if (all?.[1]) passedOn.set(`* ${from(all[1])}`, { from: from(all[1]), name: '*' });
    else if (whole?.[1] && whole[2]) imported.set(whole[1], { from: from(whole[2]), name: '*' });
    else if (some) {
      for (const item of (some[2] ?? '').split(',').map((each) => each.trim().replace(/^type /, ''))) {
        const [name = '', alias = name] = item.split(' as ');
        if (name === '') continue;
        const reference = { from: some[3] === undefined ? file : from(some[3]), name };
        (some[1] === 'import' ? imported : passedOn).set(alias, reference);
      }
    } else if (own?.[2]) {
      declared.set(own[2], [...(declared.get(own[2]) ?? []), statement]);
      if (own[1]) exported.add(own[2]);
    } else throw new Error(`${file}: a statement of a form that is not known here: ${statement}`);
  }
  return { declared, exported, imported, passedOn };
}

/** Statements without comments and without private members, which nobody can use. */
function statements(text: string): string[] {
  const strings = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/;
  const comments = new RegExp(`(${strings.source})|/\\*[^]*?\\*/|//[^\\n]*`, 'g');
  return text
    .replaceAll(comments, '$1')
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^ {4}private /.test(line))
    .join('\n')
    .split(/\n(?=(?:export|import|declare|interface|type|abstract|const|class|function) )/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '' && statement !== 'export {};');
}
