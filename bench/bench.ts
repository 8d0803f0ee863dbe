import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, loadavg, tmpdir, totalmem, type } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { YamlOutputType } from 'cdk8s';
import { countFiles, footprint, median, type Program, run, type Sample } from './measure.ts';

const root = resolve(import.meta.dirname, '..');

/** One line of the table. */
interface Row {
  readonly name: string;
  /** Makes the repository to render below a temporary folder, and returns its path. */
  readonly repository: (temporary: string) => string;
  /** The output folder at the start of each run: not there, or what the run before left in it. */
  readonly output: 'none' | 'current';
  /** How stock cdk8s divides its output. */
  readonly rival: keyof typeof YamlOutputType;
}

const rows: readonly Row[] = [
  {
    name: 'reference clusters',
    repository: () => root,
    output: 'none',
    rival: 'FOLDER_PER_CHART_FILE_PER_RESOURCE',
  },
  {
    name: 'reference clusters, no change',
    repository: () => root,
    output: 'current',
    rival: 'FOLDER_PER_CHART_FILE_PER_RESOURCE',
  },
];

interface Result {
  readonly row: Row;
  readonly objects: number;
  readonly ours: readonly Sample[];
  readonly rival: readonly Sample[];
}

function measure(row: Row, runs: number, temporary: string): Result {
  const repository = row.repository(temporary);
  const env = { NODE_COMPILE_CACHE: join(temporary, 'compile-cache') };
  const oursOut = join(temporary, 'ours');
  const rivalOut = join(temporary, 'rival');
  const ours = { args: [join(root, 'scripts/chitin.ts'), 'synth', '--out', oursOut], cwd: repository, env };
  const rival = { args: [join(root, 'bench/stock.ts'), repository, rivalOut, row.rival], cwd: repository, env };
  const sample = (program: Program, out: string): Sample => {
    if (row.output === 'none') rmSync(out, { recursive: true, force: true });
    return run(program);
  };
  sample(ours, oursOut);
  const objects = Number(sample(rival, rivalOut).stdout);
  if (countFiles(oursOut) !== objects) {
    throw new Error(`${row.name}: stock rendered ${objects} objects, and we wrote ${countFiles(oursOut)} files`);
  }
  const samples: { ours: Sample[]; rival: Sample[] } = { ours: [], rival: [] };
  for (let turn = 1; turn <= runs; turn++) {
    const before = row.output === 'current' ? JSON.stringify([...footprint(oursOut)]) : undefined;
    samples.ours.push(sample(ours, oursOut));
    if (before !== undefined && JSON.stringify([...footprint(oursOut)]) !== before) {
      throw new Error(`${row.name}: a run with nothing to change touched files`);
    }
    samples.rival.push(sample(rival, rivalOut));
    const [a, b] = [samples.ours.at(-1)?.ms ?? 0, samples.rival.at(-1)?.ms ?? 0];
    console.error(`${row.name}: run ${turn} of ${runs}: ours ${a.toFixed(0)} ms, rival ${b.toFixed(0)} ms`);
  }
  for (const out of [oursOut, rivalOut]) rmSync(out, { recursive: true });
  return { row, objects, ...samples };
}

const msOf = (samples: readonly Sample[]) => samples.map(({ ms }) => ms);
const peakOf = (samples: readonly Sample[]) => median(samples.map(({ peakMb }) => peakMb));
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

function json({ row, ours, rival }: Result) {
  const [oursMs, rivalMs] = [median(msOf(ours)), median(msOf(rival))];
  return {
    name: row.name,
    ours_ms: rounded(oursMs, 1),
    rival: `cdk8s App.synth, ${row.rival}`,
    rival_ms: rounded(rivalMs, 1),
    ratio: rounded(rivalMs / oursMs, 2),
    rss_mb: rounded(peakOf(ours), 1),
  };
}

function tableLine(result: Result): string {
  const { row, objects, ours, rival } = result;
  const time = (samples: readonly Sample[]) => {
    const ms = msOf(samples);
    return `${median(ms).toFixed(0)} (${Math.min(...ms).toFixed(0)}–${Math.max(...ms).toFixed(0)})`;
  };
  const cells = [row.name, objects, time(ours), time(rival), `**${json(result).ratio.toFixed(2)}**`];
  return `| ${[...cells, peakOf(ours).toFixed(0), peakOf(rival).toFixed(0)].join(' | ')} |`;
}

function markdown(results: readonly Result[], runs: number, load: readonly [number, number]): string {
  return `# Benchmark results

Written by \`npm run bench\`; the numbers for programs are in \`results.json\`.

Machine: ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB of memory, ${type()} (${arch()}), Node ${process.versions.node}.
One-minute load average: ${load[0].toFixed(2)} before, ${load[1].toFixed(2)} after. The bench itself adds about 1; the rest is other work on the machine.

| row | objects | ours, ms | rival, ms | rival / ours | our peak, MB | rival's peak, MB |
|---|---|---|---|---|---|---|
${results.map(tableLine).join('\n')}

Times are medians of ${runs} runs, with the fastest and the slowest in parentheses. Peaks are medians of the largest
resident set, in 10^6 bytes.

## Method

* Ours is \`synth --out\`. The rival is stock cdk8s: \`App.synth\` on the same trees with
  \`${[...new Set(results.map(({ row }) => row.rival))].join('`, `')}\`, from \`stock.ts\`.
* Each run is a whole process, measured from outside from its start to its end: loading Node, the sources and the
  libraries counts.
* After one warm-up of each, runs alternate: ours, rival, ours, rival. Both have the same compile cache, which the warm-up fills.
* "No change" runs into the folder that the run before left. It fails when one of our runs writes, replaces or removes a
  file or a folder there; stock writes every file again.
* Every row fails when the number of objects in stock's trees is not the number of files that we wrote.

## Limits

* Ours does more: it removes stale files, checks every object by rule, and reports findings. Stock does none of that.
* Temporary files are on whatever holds the temporary folder of this machine.
* Small trees measure mostly the start of Node and the loading of libraries, much the same for both. Where the two spreads
  overlap, the ratio says little.
`;
}

const help = `Measures synth against stock cdk8s; writes bench/RESULTS.md and bench/results.json.

Usage: npm run bench -- [--runs N]

  --runs N  runs of each program per row after the warm-up, at least 5 (default 7)
  --help    show this

Example: npm run bench -- --runs 15`;

function options(): { readonly help: boolean; readonly runs: number } {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' }, help: { type: 'boolean' } } });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 5) throw new Error('--runs wants a whole number of at least 5');
  return { help: values.help ?? false, runs };
}

function main(): void {
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
    const results = rows.map((row) => measure(row, wanted.runs, temporary));
    const load = [before, loadavg()[0] ?? 0] as const;
    writeFileSync(join(root, 'bench/results.json'), `${JSON.stringify(results.map(json), null, 2)}\n`);
    writeFileSync(join(root, 'bench/RESULTS.md'), markdown(results, wanted.runs, load));
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

main();
