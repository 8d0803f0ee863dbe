import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { announceSkip, missing } from './environment.ts';

const repository = resolve(import.meta.dirname, '..');
const generator = join(repository, 'docs/reference-generator');
const skip = missing({ programs: ['npm', 'diff'] });
announceSkip('docs/reference is what the library says of itself', skip);

describe.skipIf(skip)('docs/reference', () => {
  test('is what the library says of itself (`npm run docs` writes it)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chitin-reference-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await execa('npm', ['ci'], { cwd: generator });
    await execa('typedoc', ['--out', folder], { cwd: generator, preferLocal: true });
    const options = { cwd: repository, all: true, reject: false } as const;
    expect((await execa('diff', ['-r', 'docs/reference', folder], options)).all).toBe('');
  });
});
