import { packageName } from '../package-name.ts';

/** What this repository's own `package.json` says of the library. */
export interface RepositoryManifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * Packages of which there must be one copy: an app of another repository makes its charts with them, agents below those
 * charts are constructs too, and lines of source are recorded where all constructs come into being.
 */
const shared: ReadonlySet<string> = new Set(['cdk8s', 'constructs']);

/** Packages of commands that talk to a cluster (83 MB with what it brings): whoever runs those installs it. */
const optional: ReadonlySet<string> = new Set(['@kubernetes/client-node']);

/**
 * `package.json` of the published package. The repository's own is private: it brings a Node, and what only tests need.
 *
 * @param imported packages that the compiled files import, to the first file that does
 * @throws when one of them is no dependency, or a dependency is imported by nothing
 */
export function packageManifest(root: RepositoryManifest, imported: ReadonlyMap<string, string>) {
  const missing = [...imported].filter(([name]) => !(name in root.dependencies));
  const unused = Object.keys(root.dependencies).filter((name) => !imported.has(name));
  if (missing.length + unused.length > 0) {
    throw new Error(
      [
        ...missing.map(
          ([name, file]) => `${file} imports ${name}, which package.json does not have under dependencies`,
        ),
        ...unused.map((name) => `package.json has ${name} under dependencies, and nothing in the package imports it`),
      ].join('\n'),
    );
  }
  const all = Object.entries(root.dependencies);
  return {
    name: packageName,
    version: root.version,
    description: root.description,
    license: root.license,
    keywords: ['kubernetes', 'gitops', 'cdk8s', 'agents', 'flux'],
    type: 'module',
    engines: root.engines,
    bin: { chitin: 'scripts/chitin.js' },
    exports: {
      '.': { types: './constructs/index.d.ts', default: './constructs/index.js' },
      './package.json': './package.json',
    },
    // For CommonJS projects of TypeScript 5, which look at no `exports`; stock cdk8s starts such ones.
    main: 'constructs/index.js',
    types: 'constructs/index.d.ts',
    dependencies: Object.fromEntries(all.filter(([name]) => !shared.has(name) && !optional.has(name))),
    peerDependencies: Object.fromEntries(
      all.filter(([name]) => shared.has(name) || optional.has(name)).map(([name, version]) => [name, `^${version}`]),
    ),
    peerDependenciesMeta: Object.fromEntries(
      all.filter(([name]) => optional.has(name)).map(([name]) => [name, { optional: true }]),
    ),
  };
}
