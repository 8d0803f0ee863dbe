import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';

const repository = join(import.meta.dirname, 'fixtures/errors');
const clusters = readdirSync(join(repository, 'clusters')).sort();

/** Every fixture is a cluster with one mistake; `expected.txt` beside it holds all that a person reads about it. */
describe('every mistake is told, all of them in one run', () => {
  let result: { errors: { cluster: string; text: string }[]; changes?: unknown };
  let exitCode: number | undefined;

  beforeAll(async () => {
    const chitin = join(import.meta.dirname, '../chitin.ts');
    const run = await execa('node', [chitin, 'synth', '--format', 'json'], {
      cwd: repository,
      preferLocal: true,
      reject: false,
    });
    result = JSON.parse(run.stdout);
    exitCode = run.exitCode;
  });

  test.each(clusters)('%s', (cluster) => {
    const texts = result.errors.filter((error) => error.cluster === cluster).map(({ text }) => `${text}\n`);
    expect(texts.join('\n')).toBe(readFileSync(join(repository, 'clusters', cluster, 'expected.txt'), 'utf8'));
  });

  test('programs get the parts of an error', () => {
    expect(result.errors.find(({ cluster }) => cluster === 'date')).toEqual({
      cluster: 'date',
      path: 'date/app/object',
      file: 'clusters/date/cluster.ts',
      line: 8,
      message: '$.spec.value is a Date',
      why: 'It has no form in YAML that the API server would read back.',
      help: 'Write it as text or as plain data.',
      text: expect.stringContaining('$.spec.value is a Date'),
    });
  });

  test('nothing is written, and the exit code says so', () => {
    expect(exitCode).toBe(1);
    expect(result.changes).toBeUndefined();
    expect(existsSync(join(repository, 'dist'))).toBe(false);
  });
});
