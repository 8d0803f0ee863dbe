import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chitin, copyRepository, edit, repository } from './testing/repository-copy.ts';
import { rules } from './validate/rules/index.ts';

const page = readFileSync(join(repository, 'docs/findings.md'), 'utf8');

test('the page lists every rule that can be accepted, and no other', () => {
  const sources = ['constructs', 'scripts'].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/\/?(fixtures|testing)\//.test(file))
      .map((file) => readFileSync(join(repository, folder, file), 'utf8')),
  );
  const made = sources.flatMap((text) => [...text.matchAll(/\brule: '([a-z-]+)'/g)].map(([, rule = '']) => rule));
  const warnings = rules.filter(({ severity }) => severity === 'warning').map(({ id }) => id);
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, rule]) => rule);
  expect(listed).toEqual([...new Set([...made, ...warnings])].sort());
});

test('the output on the page is what an acceptance that is taken away gives', async () => {
  const copy = copyRepository();
  try {
    await chitin(copy, 'synth');
    const app = readFileSync(join(copy, 'apps/claw/claw.ts'), 'utf8');
    const [accepted = ''] = /\n {4}agent\.accept\('sidecar-shares-network'.*?\}\);/s.exec(app) ?? [];
    edit(join(copy, 'apps/claw/claw.ts'), accepted, '');
    expect(page).toContain(`\n$ npm run synth -- lab\n${(await chitin(copy, 'synth', 'lab')).all}\n`);
  } finally {
    rmSync(copy, { recursive: true });
  }
});
