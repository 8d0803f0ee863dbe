import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { repository } from './package-files.ts';

/** Modules of Kubernetes' own types; only declarations import them. */
const models = /((?:from |import\()['"])((?:kubernetes-models|@kubernetes-models\/[^/'"]+)\/[^'"]+)(?=['"])/g;

/** Where they are in our package. */
const folder = 'types';

/**
 * Brings the interfaces of Kubernetes objects that declarations refer to into the package, below `types`. As dependencies they
 * would cost whoever uses the library twenty packages that validate objects, and their classes are wrong under
 * `exactOptionalPropertyTypes`.
 *
 * @param out the compiled package
 * @param declarations the files in it that can be imported
 */
export function bringModelTypes(out: string, declarations: readonly string[]): void {
  const brought = new Set<string>();
  const licensed = new Set<string>();
  const bring = (module: string): void => {
    if (brought.has(module)) return;
    brought.add(module);
    const text = interfacesOf(readFileSync(join(repository, 'node_modules', `${module}.d.ts`), 'utf8'));
    const file = `${folder}/${module}.d.ts`;
    for (const [, , other = ''] of text.matchAll(models)) bring(other);
    for (const [, other = ''] of text.matchAll(/from "(\.[^"]+)\.js"/g))
      bring(posix.join(posix.dirname(module), other));
    put(file, withOwnTypes(file, text));
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? module;
    if (licensed.has(name)) return;
    licensed.add(name);
    copyFileSync(join(repository, 'node_modules', name, 'LICENSE'), join(out, folder, name, 'LICENSE'));
  };
  const put = (file: string, text: string) => {
    mkdirSync(dirname(join(out, file)), { recursive: true });
    writeFileSync(join(out, file), text);
  };
  for (const file of declarations) {
    const text = readFileSync(join(out, file), 'utf8');
    for (const [, , module = ''] of text.matchAll(models)) bring(module);
    put(file, withOwnTypes(file, text));
  }
}

function withOwnTypes(file: string, text: string): string {
  return text.replaceAll(models, (_, from: string, module: string) => {
    const path = posix.relative(posix.dirname(file), `${folder}/${module}.js`);
    return `${from}${path.startsWith('.') ? path : `./${path}`}`;
  });
}

/** A module without its class, which is the only other thing in it. */
function interfacesOf(text: string): string {
  return text
    .replace(/^import \{[^}]*\} from "@kubernetes-models\/base";\n/m, '')
    .replace(/(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export declare class [\s\S]*?\n\}\n/, '')
    .replace(/^export type \{ (\w+ as \w+), \w+ as \w+ \};/m, 'export type { $1 };');
}
