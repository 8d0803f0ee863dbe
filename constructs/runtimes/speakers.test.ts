import { expect, test } from 'vitest';
import type { Runtime } from '../agent/plan.ts';
import { program } from '../testing/cluster.ts';
import { custom, hermes, hermesRs, ironClaw, openClaw, picoClaw, zeroClaw } from './index.ts';
import { speakers } from './speakers.ts';

const runtimes = [
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
