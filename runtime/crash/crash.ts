import { parseArgs } from 'node:util';
import { conditions, type Outcome } from './conditions.ts';
import { points, sides } from './faults.ts';
import { type Life, live } from './life.ts';
import { scriptedModel } from './model.ts';
import type { Verdict } from './scene.ts';

const help = `Kills the agent at every step of a message's life, and takes away what it stands on.

Usage: npm run crash -- [options]

  --runs N       seeded runs (default 300)
  --seed S       of the first run; the others have the numbers after it (default 1)
  --flood N      messages that wait at once (default 10000)
  --only TEXT    only the conditions whose name has this text; no seeded runs
  --help         show this

A failed run names its seed: npm run crash -- --seed S --runs 1 --flood 0`;

const parallel = 2;
const shownOutput = 4000;

function bad({ lost, twice, problems }: Verdict): boolean {
  return lost.length + twice.length + problems.length > 0;
}

function complain(name: string, { lost, twice, problems }: Verdict): void {
  console.log(`FAILED ${name}`);
  for (const one of lost) console.log(`  lost: ${one}`);
  for (const one of twice) console.log(`  answered twice: ${one}`);
  for (const one of problems) console.log(`  ${one}`);
}

async function seeded(first: number, runs: number): Promise<Life[]> {
  const model = await scriptedModel();
  const lives: Life[] = [];
  let next = first;
  const work = async () => {
    while (next < first + runs) {
      const seed = next;
      next += 1;
      const life = await live(seed, model.url);
      lives.push(life);
      if (bad(life)) {
        complain(`seed ${seed}, killed at: ${life.blows.join('; ')}`, life);
        console.log(life.output.slice(-shownOutput));
      }
      if (lives.length % 50 === 0) console.log(`${lives.length} of ${runs} runs`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  await model.stop();
  return lives;
}

function report(lives: readonly Life[]): void {
  const hits = new Map<string, number>();
  for (const blow of lives.flatMap(({ blows }) => blows)) hits.set(blow, (hits.get(blow) ?? 0) + 1);
  console.log('\n| killed | before | after |\n|---|---|---|');
  for (const point of points)
    console.log(`| ${point} | ${sides.map((side) => hits.get(`${point}, ${side}`) ?? 0).join(' | ')} |`);
  for (const name of ['a random time', 'at rest', 'SIGTERM at a random time'])
    console.log(`| ${name} | ${hits.get(name) ?? 0} | |`);
}

const row = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const cells = ({ lost, twice, repeated, problems }: Verdict) => [lost.length, twice.length, repeated, problems.length];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      flood: { type: 'string', default: '10000' },
      only: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const { only } = values;
  const [runs, seed, flood] = [only === undefined ? values.runs : '0', values.seed, values.flood].map((text) => {
    if (!/^\d+$/.test(text)) throw new Error(`not a whole number: ${text}`);
    return Number(text);
  }) as [number, number, number];

  const lives: Life[] = [];
  if (runs > 0) {
    console.log(`seeds ${seed} to ${seed + runs - 1}, ${parallel} runs at a time`);
    lives.push(...(await seeded(seed, runs)));
    report(lives);
  }
  const results: [name: string, outcome: Outcome | string][] = [];
  for (const { name, run } of flood === 0 ? [] : conditions(flood)) {
    if (only !== undefined && !name.includes(only)) continue;
    const model = await scriptedModel();
    const outcome = await run(model);
    await model.stop();
    results.push([name, outcome]);
    if (typeof outcome === 'string') console.log(`skipped: ${name}: ${outcome}`);
    else if (bad(outcome.verdict)) complain(name, outcome.verdict);
  }

  console.log(`
"Again": deliveries that Telegram, which takes no idempotency key, got once more. "Wrong": stuck, out of order, left behind,
a damaged database, a memory that differs, an end that was not asked for. Memory in 10^6 bytes.
`);
  row('condition', 'messages', 'lost', 'answered twice', 'again', 'wrong', 'peak memory', 'seen');
  row(...Array.from({ length: 8 }, () => '---'));
  const blows = sum(lives.map((life) => life.blows.length));
  if (runs > 0)
    row(
      `${runs} lives`,
      sum(lives.map(({ messages }) => messages)),
      sum(lives.map(({ lost }) => lost.length)),
      sum(lives.map(({ twice }) => twice.length)),
      sum(lives.map(({ repeated }) => repeated)),
      sum(lives.map(({ problems }) => problems.length)),
      '',
      `${blows} kills and stops`,
    );
  for (const [name, outcome] of results) {
    if (typeof outcome === 'string') row(name, '', '', '', '', '', '', `skipped: ${outcome}`);
    else row(name, outcome.messages, ...cells(outcome.verdict), Math.round(outcome.peak / 1e6), outcome.seen);
  }
  const failed = lives.some(bad) || results.some(([, outcome]) => typeof outcome !== 'string' && bad(outcome.verdict));
  return failed ? 1 : 0;
}

process.exitCode = await main();
