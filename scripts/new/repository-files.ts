import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compatibleVersions, version } from '../own-package.ts';
import { packageName } from '../package-name.ts';
import type { Place } from './place.ts';

/** Compiler whose options `tsconfig.json` has. */
export const typescript = '^7.0.2';

/** What a repository lacks for clusters and apps to run and to be checked. */
export interface RepositoryFiles {
  /** Files that are not there: path to text. */
  readonly missing: ReadonlyMap<string, string>;
  /** What is left to its author, since the files are there and their own: commands, or sentences. */
  readonly todo: readonly string[];
}

/** What another repository needs around clusters and apps. */
export function repositoryFiles({ repository, own }: Place): RepositoryFiles {
  const missing = new Map<string, string>();
  const todo: string[] = [];
  if (own) return { missing, todo };
  const packages = {
    [packageName]: version,
    cdk8s: compatibleVersions('cdk8s'),
    constructs: compatibleVersions('constructs'),
    typescript,
  };
  const manifest = textOf(repository, 'package.json');
  if (manifest === undefined) {
    missing.set('package.json', json({ private: true, type: 'module', scripts, devDependencies: packages }));
    todo.push('npm install');
  } else {
    const own = JSON.parse(manifest) as Manifest;
    // Otherwise Node takes files for CommonJS, which has no `import`.
    if (own.type !== 'module') todo.push('npm pkg set type=module');
    const lacking = Object.keys(packages).filter((name) => !isInstalled(repository, name));
    const undeclared = lacking.filter((name) => !(name in { ...own.dependencies, ...own.devDependencies }));
    if (undeclared.length > 0) todo.push(`npm install --save-dev ${undeclared.join(' ')}`);
    else if (lacking.length > 0) todo.push('npm install');
  }
  const compiler = textOf(repository, 'tsconfig.json');
  if (compiler === undefined) missing.set('tsconfig.json', json(tsconfig));
  else if (!/allowImportingTsExtensions|rewriteRelativeImportExtensions/.test(compiler)) {
    todo.push(
      'tsconfig.json: "module": "nodenext", "noEmit": true and "allowImportingTsExtensions": true, as Node imports .ts files by their names',
    );
  }
  if (textOf(repository, '.gitignore') === undefined) missing.set('.gitignore', 'node_modules/\n');
  return { missing, todo };
}

interface Manifest {
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const scripts = { synth: 'chitin synth', check: 'tsc -p . && chitin synth --check' };

const tsconfig = {
  compilerOptions: {
    target: 'esnext',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
  },
  include: ['apps', 'clusters'],
};

function textOf(repository: string, file: string): string | undefined {
  const path = join(repository, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function isInstalled(repository: string, name: string): boolean {
  try {
    createRequire(join(repository, 'package.json')).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
