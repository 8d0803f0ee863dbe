/**
 * The runtime's own parser on every configuration that is emitted: those of `dist`, and of a grid of options. Needs
 * `npm ci --prefix runtime`.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chitin } from '../constructs/index.ts';
import { grid } from '../constructs/runtimes/chitin/testing/grid.ts';
import { repository } from '../scripts/testing/repository-copy.ts';
import { announceSkip } from './environment.ts';

const main = join(repository, 'runtime/src/main.ts');
const skip = existsSync(join(repository, 'runtime/node_modules')) ? undefined : 'npm ci --prefix runtime was not run';
announceSkip('the agent runtime takes every configuration that is made for it', skip);

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: readonly { command?: string[] }[] } } };
}

/** The configurations of `dist` whose agent is started as this runtime's is. */
function rendered(): [name: string, text: string][] {
  const files = readdirSync(join(repository, 'dist'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\/statefulset\.[^/]*\.yaml$/.test(file))
    .flatMap((file): [string, string][] => {
      const { metadata, spec } = load(readFileSync(join(repository, 'dist', file), 'utf8')) as Rendered;
      if (spec?.template?.spec.containers[0]?.command?.join(' ') !== 'node src/main.ts agent') return [];
      const config = file.replace(/statefulset\.[^/]*$/, `configmap.${metadata.name}-config.yaml`);
      const { data } = load(readFileSync(join(repository, 'dist', config), 'utf8')) as Rendered;
      return [[`dist/${config}`, data?.['config.json'] ?? '']];
    });
}

const emitted: [name: string, text: string][] = [
  ...rendered(),
  ...Object.entries(grid).map(([name, [options, wiring]]): [string, string] => [
    name,
    chitin(options).plan(wiring).files[0]?.text ?? '',
  ]),
];

describe.skipIf(skip)('the agent runtime', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'chitin-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const check = async (text: string) => {
    const file = join(folder, 'config.json');
    writeFileSync(file, text);
    const { exitCode, all } = await execa('node', [main, 'config', '--config', file], {
      all: true,
      reject: false,
      preferLocal: true,
      localDir: repository,
    });
    return { exitCode, all };
  };

  test('there are configurations of dist among them', () => {
    expect(emitted.map(([name]) => name)).toContain('dist/local/hello/configmap.hello-config.yaml');
  });

  test.each(emitted)('takes the configuration: %s', async (_name, text) => {
    expect(await check(text)).toEqual({ exitCode: 0, all: '' });
  });

  test('and would not take a typing error of ours', async () => {
    const [, text = ''] = emitted[0] ?? [];
    const { exitCode, all } = await check(text.replace('"workspace"', '"workspaces"'));
    expect(exitCode).toBe(1);
    expect(all).toMatch(/^ {2}workspace: is missing$/m);
    expect(all).toMatch(/^ {2}workspaces: unknown key$/m);
  });
});
