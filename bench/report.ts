import { arch, availableParallelism, totalmem, type } from 'node:os';
import { median, type Sample } from './measure.ts';
import type { Row } from './rows.ts';
import type { TargetResult } from './secrets.ts';

/** What was measured for a row. */
export interface Result {
  readonly row: Row;
  readonly objects: number;
  readonly ours: readonly Sample[];
  readonly rival: readonly Sample[];
  readonly construct: readonly Sample[];
}

const msOf = (samples: readonly Sample[]) => samples.map(({ ms }) => ms);
const peakOf = (samples: readonly Sample[]) => median(samples.map(({ peakMb }) => peakMb));
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

/** A row for programs: times in ms and peaks in 10^6 bytes, both medians. */
export function json({ row, objects, ours, rival, construct }: Result) {
  const [oursMs, rivalMs] = [median(msOf(ours)), median(msOf(rival))];
  return {
    name: row.name,
    ours_ms: rounded(oursMs, 1),
    rival: `cdk8s App.synth, ${row.rival}`,
    rival_ms: rounded(rivalMs, 1),
    ratio: rounded(rivalMs / oursMs, 2),
    rss_mb: rounded(peakOf(ours), 1),
    rival_rss_mb: rounded(peakOf(rival), 1),
    construct_ms: rounded(median(msOf(construct)), 1),
    objects,
    runs: ours.length,
  };
}

/** The same for a command that has a target and no rival. */
export function targetJson({ name, targetMs, samples }: TargetResult) {
  return {
    name,
    ours_ms: rounded(median(msOf(samples)), 1),
    target_ms: targetMs,
    rss_mb: rounded(peakOf(samples), 1),
    runs: samples.length,
  };
}

function targetLine({ name, targetMs, samples }: TargetResult): string {
  const ms = msOf(samples);
  const time = `${median(ms).toFixed(0)} (${Math.min(...ms).toFixed(0)}–${Math.max(...ms).toFixed(0)})`;
  return `| ${[name, samples.length, time, targetMs, peakOf(samples).toFixed(0)].join(' | ')} |`;
}

function tableLine(result: Result): string {
  const { row, objects, ours, rival, construct } = result;
  const time = (samples: readonly Sample[]) => {
    const ms = msOf(samples);
    return `${median(ms).toFixed(0)} (${Math.min(...ms).toFixed(0)}–${Math.max(...ms).toFixed(0)})`;
  };
  const ratio = `**${json(result).ratio.toFixed(2)}**`;
  const peaks = [peakOf(ours).toFixed(0), peakOf(rival).toFixed(0)];
  const constructed = median(msOf(construct)).toFixed(0);
  return `| ${[row.name, objects, ours.length, time(ours), time(rival), ratio, constructed, ...peaks].join(' | ')} |`;
}

/** How our time grows with the number of agents. */
function growth(results: readonly Result[]): string {
  const sizes = results.flatMap(({ row, ours }) =>
    row.agents !== undefined && row.name === `${row.agents} agents, one changed`
      ? [{ agents: row.agents, ms: median(msOf(ours)), peakMb: peakOf(ours) }]
      : [],
  );
  const lines = sizes.map(({ agents, ms, peakMb }, index) => {
    const smaller = sizes[index - 1];
    const more = smaller && (ms - smaller.ms) / (agents - smaller.agents);
    const cells = [agents, ms.toFixed(0), (ms / agents).toFixed(2), more?.toFixed(2) ?? '', peakMb.toFixed(0)];
    return `| ${cells.join(' | ')} |`;
  });
  return lines.join('\n');
}

export function markdown(
  results: readonly Result[],
  targets: readonly TargetResult[],
  load: readonly [number, number],
): string {
  return `# Benchmark results

Written by \`npm run bench\`; the numbers for programs are in \`results.json\`.

Machine: ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB of memory, ${type()} (${arch()}), Node ${process.versions.node}.
One-minute load average: ${load[0].toFixed(2)} before, ${load[1].toFixed(2)} after. The bench itself adds about 1; the rest is other work on the machine.

| row | objects | runs | ours, ms | rival, ms | rival / ours | construct, ms | our peak, MB | rival's peak, MB |
|---|---|---|---|---|---|---|---|---|
${results.map(tableLine).join('\n')}

Times are medians, with the fastest and the slowest run in parentheses. Peaks are medians of the largest resident set, in
10^6 bytes. "Construct" is the part that both programs share: a process that loads Node, the libraries and the sources, makes
the tree and derives its objects, and renders nothing.

How our time grows, with one agent changed:

| agents | ours, ms | ms per agent | ms per added agent | our peak, MB |
|---|---|---|---|---|
${growth(results)}

Commands that nothing is compared with; each has a time that it must not exceed:

| command | runs | ours, ms | at most, ms | our peak, MB |
|---|---|---|---|---|
${targets.map(targetLine).join('\n')}

## Method

* Ours is \`synth --out\`. The rival is stock cdk8s: \`App.synth\` on the same trees, from \`stock.ts\`, with
  \`FOLDER_PER_CHART_FILE_PER_RESOURCE\`, which is our layout, or with \`FILE_PER_CHART\` where the row says so.
* Each run is a whole process, measured from outside from its start to its end: loading Node, the sources and the
  libraries counts.
* After one warm-up of each, runs alternate: ours, rival, construct, ours, … All have the same compile cache, which the
  warm-up fills.
* The repositories with many agents come from \`fleet.ts\`: one app per agent, ten agents to a namespace, made in a loop by one
  \`cluster.ts\`. Each agent is ZeroClaw with a model, a skill, a route and two SOPS secrets: twelve objects. The cluster adds
  one Kustomization per agent, two objects per namespace, and its own policies.
* "One changed": before each run the source gives the first agent another model. Our run must touch exactly its ConfigMap and
  its StatefulSet, and their folder; stock writes every file again. Both strip the types of the edited file anew.
* "No change" runs into the folder that the run before left. It fails when one of our runs writes, replaces or removes a
  file or a folder there; stock writes every file again.
* The commands for secrets are whole processes as well. What is verified was encrypted by our own implementation of sops, for a
  recipient whose private key does not exist; a new file is encrypted anew in each run.
* "Empty folder": the output folder is not there when a run starts.
* Every row fails when the number of objects in stock's trees is not the number of files that we wrote.

## Limits

* Ours does more: it removes stale files, checks every object by rule, and reports findings. Stock does none of that.
* Stock's time to write is the file system's: it differs more between machines than the rest. Its files of equal kind and
  name in two namespaces overwrite each other, so that it leaves fewer files than it has objects.
* Temporary files are on whatever holds the temporary folder of this machine.
* A real repository has more source files than a loop, and its agents share less; loading them costs both programs the same.
* Small trees measure mostly the start of Node and the loading of libraries, much the same for both. Where the two spreads
  overlap, the ratio says little.
`;
}
