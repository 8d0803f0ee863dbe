import { expect, test } from 'vitest';
import { cases } from './testing/cases.ts';
import { checkWith, noParser, parserTimeout } from './testing/parser.ts';
import { configOf } from './testing/wiring.ts';
import { zeroClaw } from './zeroclaw.ts';

test.skipIf(noParser).each(Object.entries(cases))(
  `ZeroClaw's own parser accepts the configuration and the variables of: %s${noParser ?? ''}`,
  { timeout: parserTimeout },
  (_, { options, wiring }) => {
    const plan = zeroClaw(options).plan(wiring);
    expect(plan.problems).toEqual([]);
    const env = Object.entries(plan.containers[0].env).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : 'zc_dummy',
    ]);
    expect(checkWith(configOf(plan), Object.fromEntries(env.filter(([name]) => name.startsWith('ZEROCLAW_'))))).toEqual(
      {
        verdict: 'silent',
      },
    );
  },
);

test.skipIf(noParser)(`a variable that names nothing is noticed${noParser ?? ''}`, { timeout: parserTimeout }, () => {
  const { options, wiring } = cases.minimal;
  expect(checkWith(configOf(zeroClaw(options).plan(wiring)), { ZEROCLAW_gateway__nothing: 'x' }).verdict).toBe(
    'refused',
  );
});
