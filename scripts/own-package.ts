import { readFileSync } from 'node:fs';

/** `package.json` of this command line: of the published package, or of this repository. */
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

/** Version of the toolkit. */
export const { version } = manifest;

/** Versions of a package that work with the toolkit, such as `^10.8.1`. */
export function compatibleVersions(name: string): string {
  const version = manifest.peerDependencies?.[name] ?? manifest.dependencies[name];
  if (version === undefined) throw new Error(`${name} is no dependency`);
  return version.startsWith('^') ? version : `^${version}`;
}
