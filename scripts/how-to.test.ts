import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { stepsOf } from './testing/console.ts';
import { copyRepository, repository } from './testing/repository-copy.ts';

const folder = join(repository, 'docs/how-to');
const pages = readdirSync(folder);

test.each(pages)('what docs/how-to/%s says is what happens, and its code has the types', async (page) => {
  const copy = copyRepository();
  onTestFinished(() => rmSync(copy, { recursive: true }));
  const run = (command: string) =>
    execa('sh', ['-c', command], { cwd: copy, preferLocal: true, localDir: repository, all: true, reject: false });
  const config = { extends: join(repository, 'tsconfig.json'), include: ['apps', 'clusters'] };
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(config));

  const chitin = `node ${join(repository, 'scripts/chitin.ts')}`;
  const told: string[] = [];
  const done: string[] = [];
  for (const step of stepsOf(readFileSync(join(folder, page), 'utf8'))) {
    if (step.kind === 'file') {
      mkdirSync(dirname(join(copy, step.path)), { recursive: true });
      writeFileSync(join(copy, step.path), step.text);
      continue;
    }
    const { command, output } = step;
    const { all, exitCode } = await run(
      command.replace(/^npm run synth(?: --)?/, `${chitin} synth`).replace(/^npm run chitin --/, chitin),
    );
    told.push(`$ ${command}\n${output}`);
    done.push(`$ ${command}\n${output === '' && exitCode === 0 ? '' : all}`);
  }
  expect(done.length).toBeGreaterThan(1);
  expect(done.join('\n\n')).toBe(told.join('\n\n'));
  expect((await run('tsc -p .')).all).toBe('');
});

test('each page is in the list of the README', () => {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  expect(pages.filter((page) => !readme.includes(`](docs/how-to/${page})`))).toEqual([]);
});
