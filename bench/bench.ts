import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { changedFiles, chooseModel, writeFleet } from './fleet.ts';
import { countFiles, footprint, run, type Sample, touched } from './measure.ts';
import { json, markdown, type Result, targetJson } from './report.ts';
import { type Row, rows } from './rows.ts';
import { measureSecrets } from './secrets.ts';

const root = resolve(import.meta.dirname, '..');

/** @param folder where the row's output goes. It stays: some file systems make new files slowly where many were just removed. */
function measure(row: Row, runs: number, repository: string, folder: string): Result {
  if (row.agents !== undefined) writeFleet(repository, row.agents, root);
  const start = (program: string, ...args: readonly string[]): Sample => {
    const env = { NODE_COMPILE_CACHE: join(folder, '../compile-cache') };
    return run({ args: [join(root, program), ...args], cwd: repository, env });
  };
  const out = (program: string, turn: number) => join(folder, row.output === 'none' ? `${program}-${turn}` : program);
  const ours = (turn: number) => start('scripts/chitin.ts', 'synth', '--out', out('ours', turn));
  const rival = (turn: number) => start('bench/stock.ts', repository, out('rival', turn), row.rival);
  const construct = () => start('bench/construct.ts', repository);

  ours(0);
  construct();
  const objects = Number(rival(0).stdout);
  if (countFiles(out('ours', 0)) !== objects) {
    throw new Error(`${row.name}: stock rendered ${objects} objects, and we wrote ${countFiles(out('ours', 0))} files`);
  }
  const samples = { ours: [] as Sample[], rival: [] as Sample[], construct: [] as Sample[] };
  for (let turn = 1; turn <= runs; turn++) {
    if (row.oneChanged) chooseModel(repository, turn);
    const before = row.output === 'current' ? footprint(out('ours', turn)) : undefined;
    samples.ours.push(ours(turn));
    const expected = row.oneChanged ? changedFiles : [];
    if (before) requireSame(row, touched(before, footprint(out('ours', turn))), expected);
    samples.rival.push(rival(turn));
    samples.construct.push(construct());
    const ms = Object.entries(samples).map(([name, list]) => `${name} ${list.at(-1)?.ms.toFixed(0)} ms`);
    console.error(`${row.name}: run ${turn} of ${runs}: ${ms.join(', ')}`);
  }
  return { row, objects, ...samples };
}

function requireSame(row: Row, actual: readonly string[], expected: readonly string[]): void {
  if (actual.join('\n') === expected.join('\n')) return;
  throw new Error(
    `${row.name}: a run touched ${actual.length} files and folders, among them ${actual.slice(0, 5).join(', ')}`,
  );
}

const help = `Measures synth against stock cdk8s; writes bench/RESULTS.md and bench/results.json.

Usage: npm run bench -- [--runs N]

  --runs N  runs of each program per row after the warm-up, at least 5 (default 7; at most 5 for made repositories)
  --help    show this

Example: npm run bench -- --runs 15`;

function options(): { readonly help: boolean; readonly runs: number } {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' }, help: { type: 'boolean' } } });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 5) throw new Error('--runs wants a whole number of at least 5');
  return { help: values.help ?? false, runs };
}

async function main(): Promise<void> {
  let wanted: ReturnType<typeof options>;
  try {
    wanted = options();
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : error}\n(--help shows how)`);
    process.exitCode = 2;
    return;
  }
  if (wanted.help) {
    console.log(help);
    return;
  }
  const temporary = mkdtempSync(join(tmpdir(), 'chitin-bench-'));
  try {
    const before = loadavg()[0] ?? 0;
    const results = rows.map((row, index) => {
      const runs = Math.min(wanted.runs, row.mostRuns ?? wanted.runs);
      const repository = row.agents === undefined ? root : join(temporary, `${row.agents}-agents`);
      return measure(row, runs, repository, join(temporary, `row-${index}`));
    });
    const targets = await measureSecrets(temporary, wanted.runs);
    const load = [before, loadavg()[0] ?? 0] as const;
    writeFileSync(
      join(root, 'bench/results.json'),
      `${JSON.stringify([...results.map(json), ...targets.map(targetJson)], null, 2)}\n`,
    );
    writeFileSync(join(root, 'bench/RESULTS.md'), markdown(results, targets, load));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

await main();
