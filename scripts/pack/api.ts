import { type Declarations, type Reference, readDeclarations } from './declarations.ts';

/** What other repositories can import, and what that refers to. */
export interface Api {
  /** Statements by exported name, sorted. */
  readonly exported: ReadonlyMap<string, readonly string[]>;
  /** Statements of what those refer to and nobody can import, sorted by name. */
  readonly referred: readonly (readonly string[])[];
  /** Types of packages in all of these, such as `cdk8s: Size`, sorted. */
  readonly packages: readonly string[];
}

/**
 * The public surface of a package.
 *
 * @param entry the declaration file that it exports
 * @param read text of a declaration file by its path in the package
 */
export function publicApi(entry: string, read: (file: string) => string): Api {
  const modules = new Map<string, Declarations>();
  const moduleOf = (file: string): Declarations => {
    const known = modules.get(file) ?? readDeclarations(file, read(file));
    modules.set(file, known);
    return known;
  };
  /** Where a name is declared: through every file that passes it on. */
  const declaration = ({ from, name }: Reference): Reference => {
    if (!from.endsWith('.d.ts')) return { from, name };
    const { declared, passedOn, imported } = moduleOf(from);
    if (declared.has(name)) return { from, name };
    const next = imported.get(name) ?? passedOn.get(name) ?? exportsOf(from, moduleOf).get(name);
    if (!next) throw new Error(`${from} does not declare ${name}`);
    return declaration(next);
  };
  const seen = new Map<string, Reference>();
  const packages = new Set<string>();
  const visit = (reference: Reference): void => {
    const { from, name } = declaration(reference);
    if (!from.endsWith('.d.ts')) {
      packages.add(`${from}: ${name}`);
      return;
    }
    if (seen.has(`${name} ${from}`)) return;
    seen.set(`${name} ${from}`, { from, name });
    const { declared, imported } = moduleOf(from);
    for (const used of (declared.get(name) ?? []).flatMap(namesIn)) {
      const other = imported.get(used) ?? (declared.has(used) ? { from, name: used } : undefined);
      if (other) visit(other);
    }
  };
  const statementsOf = ({ from, name }: Reference) => moduleOf(from).declared.get(name) ?? [];
  const exported = new Map<string, readonly string[]>();
  const direct = new Set<string>();
  for (const [alias, reference] of [...exportsOf(entry, moduleOf)].sort(byName)) {
    visit(reference);
    const { from, name } = declaration(reference);
    direct.add(`${name} ${from}`);
    const renamed = alias === name ? [] : [`export { ${name} as ${alias} };`];
    exported.set(
      alias,
      from.endsWith('.d.ts') ? [...statementsOf({ from, name }), ...renamed] : [`export { ${name} } from '${from}';`],
    );
  }
  const referred = [...seen].filter(([key]) => !direct.has(key)).sort(byName);
  return {
    exported,
    referred: referred.map(([, reference]) => statementsOf(reference)),
    packages: [...packages].sort(),
  };
}

/** Names that a file exports, and where each comes from. */
function exportsOf(file: string, moduleOf: (file: string) => Declarations): Map<string, Reference> {
  const { exported, passedOn } = moduleOf(file);
  const found = new Map<string, Reference>();
  for (const [alias, reference] of passedOn) {
    if (reference.name !== '*') found.set(alias, reference);
    else if (!reference.from.endsWith('.d.ts')) throw new Error(`${file} exports all of ${reference.from}`);
    else for (const [name, inner] of exportsOf(reference.from, moduleOf)) found.set(name, inner);
  }
  for (const name of exported) found.set(name, { from: file, name });
  return found;
}

/** Names of types and, after `typeof`, of values. A property may have the name of a value, never of a type. */
function namesIn(statement: string): string[] {
  const code = statement.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, '');
  return [...code.matchAll(/\btypeof ([\w$]+)|\b([A-Z][\w$]*)/g)].map(([, value, type]) => value ?? type ?? '');
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** The surface as a document, in which a review sees what changes for other repositories. */
export function apiDocument({ exported, referred, packages }: Api): string {
  const code = (statements: Iterable<readonly string[]>) => [
    '```ts',
    [...statements].map((each) => each.join('\n')).join('\n\n'),
    '```',
  ];
  return [
    '# Public API',
    '',
    'What other repositories import from the package. `npm run api` writes this file from the declarations that the compiler makes of `constructs/index.ts`; a test fails while it is stale, so a change of it is a change for them.',
    '',
    '## Exported',
    '',
    ...code(exported.values()),
    '',
    '## What that refers to',
    '',
    'Not importable by name.',
    '',
    ...code(referred),
    '',
    '## Of other packages',
    '',
    ...packages.map((each) => `- \`${each}\``),
    '',
  ].join('\n');
}
