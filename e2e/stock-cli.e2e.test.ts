import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyRepository, repository } from '../scripts/testing/repository-copy.ts';

/** No dependency of ours: whoever works with it has their own. */
const cli = 'cdk8s-cli@2.207.60';

describe(`${cli} with the cdk8s.yaml of the repository`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'chitin-stock-cli-'));
  let copy: string;

  beforeAll(async () => {
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    await execa('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', cli], { cwd: folder });
    copy = copyRepository();
    for (const part of ['cdk8s.yaml', 'package.json', 'dist'])
      cpSync(join(repository, part), join(copy, part), { recursive: true });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
    rmSync(copy, { recursive: true, force: true });
  });

  const synth = () =>
    execa(join(folder, 'node_modules/.bin/cdk8s'), ['synth'], {
      cwd: copy,
      reject: false,
      preferLocal: true,
      localDir: repository,
    });

  test('renders the bytes of dist into an ignored folder', async () => {
    expect((await synth()).exitCode).toBe(0);
    const diff = await execa('diff', ['-r', 'dist', '.cdk8s'], { cwd: copy, reject: false });
    expect(diff).toMatchObject({ exitCode: 0, stdout: '' });
    expect(readFileSync(join(repository, '.gitignore'), 'utf8').split('\n')).toContain('/.cdk8s/');
  });

  test('a mistake fails it, and dist is as before', async () => {
    const app = join(copy, 'apps/claw/claw.ts');
    writeFileSync(app, readFileSync(app, 'utf8').replace("'flux-debugging'", "'flux-debuging'"));
    const { exitCode, stderr } = await synth();
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('skill flux-debuging: there is no flux-debuging/SKILL.md');
    expect(existsSync(join(copy, '.cdk8s'))).toBe(false);
    const diff = await execa('diff', ['-r', join(repository, 'dist'), 'dist'], { cwd: copy, reject: false });
    expect(diff).toMatchObject({ exitCode: 0, stdout: '' });
  });
});
