import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publicApi } from './api.ts';
import { ownApiDocument } from './own-api.ts';
import { repository } from './package-files.ts';

test('docs/api.md is what the library declares (`npm run api` writes it)', () => {
  expect(readFileSync(join(repository, 'docs/api.md'), 'utf8')).toBe(ownApiDocument());
});

function apiOf(files: Readonly<Record<string, string>>) {
  return publicApi('index.d.ts', (file) => {
    const text = files[file];
    if (text === undefined) throw new Error(`there is no ${file}`);
    return text;
  });
}

test('what is exported, through every file that passes it on, and what it refers to, without comments and private members', () => {
  const { exported, referred, packages } = apiOf({
    'index.d.ts': [
      "export { Size } from 'cdk8s';",
      "export * from './shapes/index.js';",
      "export type { Kept as Given } from './kept.js';",
    ].join('\n'),
    'shapes/index.d.ts': [
      "import { Base, type Unused } from './base.js';",
      "import type { Kept } from '../kept.js';",
      'export type { Kept };',
      '/** The text of a comment, such as Unused. */',
      'export declare class Shape extends Base {',
      '    private readonly hidden;',
      '    /** @default `Unused` */',
      "    readonly kind: 'Unused' | '/* no comment */';",
      '    sizes(list: typeof sizes): void;',
      '}',
      "declare const sizes: readonly ['small'];",
      'declare const names: 1;',
      'export declare function of(text: string): Shape;',
      'export declare function of(names: number): Shape;',
    ].join('\n'),
    'shapes/base.d.ts':
      "import { Construct } from 'constructs';\nexport interface Unused {\n}\nexport declare class Base extends Construct {\n}",
    'kept.d.ts': 'export interface Kept {\n    readonly name: string;\n}\nexport {};\n',
  });
  expect(Object.fromEntries(exported)).toEqual({
    Given: ['export interface Kept {\n    readonly name: string;\n}', 'export { Kept as Given };'],
    Kept: ['export interface Kept {\n    readonly name: string;\n}'],
    Shape: [
      "export declare class Shape extends Base {\n    readonly kind: 'Unused' | '/* no comment */';\n    sizes(list: typeof sizes): void;\n}",
    ],
    Size: ["export { Size } from 'cdk8s';"],
    of: ['export declare function of(text: string): Shape;', 'export declare function of(names: number): Shape;'],
  });
  expect(referred).toEqual([
    ['export declare class Base extends Construct {\n}'],
    ["declare const sizes: readonly ['small'];"],
  ]);
  expect(packages).toEqual(['cdk8s: Size', 'constructs: Construct']);
});

test('a form of statement that is not known is refused, never left out', () => {
  expect(() => apiOf({ 'index.d.ts': 'export declare enum Level {\n    A = 0\n}' })).toThrow(
    'index.d.ts: a statement of a form that is not known here: export declare enum Level {',
  );
  expect(() => apiOf({ 'index.d.ts': "export * from 'cdk8s';" })).toThrow('index.d.ts exports all of cdk8s');
});
