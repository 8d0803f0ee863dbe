import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Runtime } from '../agent/plan.ts';
import { program } from '../testing/cluster.ts';
import { chitin, custom, hermes, hermesRs, ironClaw, openClaw, picoClaw, zeroClaw } from './index.ts';
import { speakers } from './speakers.ts';

const runtimes = [
  chitin(),
  custom(program),
  hermes(),
  hermesRs({ image: program.image }),
  ironClaw(),
  openClaw({ version: '2026.9.6', plugins: 'baked' }),
  picoClaw(),
  zeroClaw(),
] as unknown as Runtime[];

test('errors name the runtimes that speak a channel as their dialects say', () => {
  const said = Object.entries(speakers).flatMap(([kind, names]) => names.map((name) => `${name} ${kind}`));
  const dialects = runtimes.flatMap(({ name, dialect }) => Object.keys(dialect).map((kind) => `${name} ${kind}`));
  expect(said.sort()).toEqual(dialects.sort());
});

test('the page on channels says of each runtime what its dialect says', () => {
  const page = readFileSync(new URL('../../docs/channels.md', import.meta.url), 'utf8');
  const [header = '', , ...rows] = /^\| \| `zeroClaw\(\)`[\s\S]*?(?=\n\n)/m.exec(page)?.[0].split('\n') ?? [];
  const cells = (row: string) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const functions = cells(header).map((cell) => /`(\w+)\(\)`/.exec(cell)?.[1]?.toLowerCase());
  const said = rows
    .map(cells)
    .flatMap(([kind = '', ...answers]) =>
      answers.flatMap((answer, index) =>
        answer.startsWith('no') ? [] : [`${functions[index + 1]} ${kind.replaceAll('`', '')}`],
      ),
    );
  const dialects = runtimes.flatMap(({ name, dialect }) =>
    Object.keys(dialect).map((kind) => `${name.replace('-', '')} ${kind}`),
  );
  expect(said.sort()).toEqual(dialects.sort());
});
