import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { queued } from '../crash/conditions.ts';
import { scriptedModel } from '../crash/model.ts';
import { roles, type Started } from './start.ts';
import { agent, bus, type Loop, raw } from './throughput.ts';

const help = `Measures the agent; writes bench/RESULTS.md.

Usage: npm run bench -- [--rounds N] [--messages N]

  --rounds N    of each measurement (default 7)
  --messages N  of the memory run (default 10000)`;

const perRound = 500;

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const spread = (numbers: readonly number[], digits = 0) =>
  `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)})`;
const megabytes = (bytes: number) => bytes / 1e6;

async function throughput(rounds: number): Promise<string[]> {
  const loops: Record<string, Loop> = { raw, bus, agent };
  const rates: Record<string, number[]> = { raw: [], bus: [], agent: [] };
  for (const loop of Object.values(loops)) await loop(50);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, loop] of Object.entries(loops)) rates[name]?.push(perRound / (await loop(perRound)));
    console.error(`throughput: round ${round} of ${rounds}`);
  }
  const names: Record<string, string> = {
    raw: 'raw `node:sqlite`, the limit',
    bus: 'the bus',
    agent: 'the agent around the bus',
  };
  return Object.entries(rates).map(([name, rate]) => {
    const ratios = rate.map((one, round) => one / (rates.raw?.[round] ?? Number.NaN));
    return `| ${names[name]} | ${spread(rate)} | ${spread(ratios, 2)} |`;
  });
}

async function starts(rounds: number): Promise<string[]> {
  const { roles: list, close } = await roles();
  const samples = new Map<string, Started[]>();
  try {
    for (let round = 0; round <= rounds; round += 1)
      for (const role of list) {
        const sample = await role.start();
        // The first fills the compile cache.
        if (round > 0) samples.set(role.name, [...(samples.get(role.name) ?? []), sample]);
      }
  } finally {
    close();
  }
  return list.map(({ name, until }) => {
    const taken = samples.get(name) ?? [];
    const memory = taken.flatMap((sample) => (sample.memory === undefined ? [] : [megabytes(sample.memory)]));
    return `| ${name} | ${until} | ${spread(taken.map(({ seconds }) => seconds * 1000))} | ${memory.length === 0 ? '' : spread(memory)} |`;
  });
}

async function memory(count: number): Promise<string> {
  const marks = { high: 1000, low: 500 };
  const model = await scriptedModel();
  const { atStart, full, halves, peak, deepest, seconds, outcome } = await queued(model, count, marks);
  await model.stop();
  const { lost, twice, problems } = outcome.verdict;
  if (lost.length + twice.length + problems.length > 0)
    throw new Error(`the memory run failed: ${JSON.stringify(outcome.verdict)}`);
  const cells = [atStart, full, ...halves, peak].map((bytes) => megabytes(bytes).toFixed(0));
  return `| ${count} | ${deepest} | ${cells.join(' | ')} | ${(count / seconds).toFixed(0)} |`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      messages: { type: 'string', default: '10000' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(help);
  const [rounds, messages] = [Number(values.rounds), Number(values.messages)];
  if (!(rounds >= 3 && messages >= 1000)) throw new Error('--rounds wants at least 3, --messages at least 1000');
  const before = loadavg()[0] ?? 0;
  const [rates, started, remembered] = [await throughput(rounds), await starts(rounds), await memory(messages)];
  const after = loadavg()[0] ?? 0;
  writeFileSync(
    join(import.meta.dirname, 'RESULTS.md'),
    `# Benchmark results

Written by \`npm run bench\`.

Machine: ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, ${process.platform} (${process.arch}), Node ${process.versions.node}.
One-minute load average: ${before.toFixed(2)} before, ${after.toFixed(2)} after. The bench itself adds about 1; the rest is other work on the machine.

Medians of ${rounds} rounds, with the lowest and the highest in parentheses. Memory is the resident set, in 10^6 bytes.

## Messages a second: inbox, echo, outbox

| loop | messages a second | of the limit |
|---|---|---|
${rates.join('\n')}

## Start

| role | until | milliseconds | memory then |
|---|---|---|---|
${started.join('\n')}

## Memory

The whole program, with a model and a chat service on loopback.

| messages | waiting at most | at the start | with these waiting | first half | second half | peak | messages a second |
|---|---|---|---|---|---|---|---|
${remembered}

## Method

* A round is ${perRound} messages of 200 characters through each loop, one loop after the other, each on a database of its own in the
  temporary folder. Ratios are of loops of the same round.
* Every loop makes the same five synchronous commits per message (WAL, \`synchronous = FULL\`): stored, claimed, answered, answer
  claimed, delivered. The limit has two tables with a key and no order, lease, retry or mark; the agent makes a sixth, for the
  history. The limit and the bus take one message after the other; the agent takes two conversations at a time.
* The agent's loop has everything but the network: prompt, conversation, AI SDK, filter of the answer, metrics, log; the model and
  the channel are functions.
* Starts are whole processes, from \`spawn\` to the line "ready" or to their end, with the compile cache that the first, left out,
  filled. The services that the agent is to talk with are away.
* For the memory, messages wait behind two that the model holds back; then all are answered. The halves are the largest of five
  samples a second while the first and the second half of the answers were made; the peak is the kernel's. The run fails when one is lost,
  answered twice, or out of order.

## Limits

* A commit is a flush of the disk: the numbers of the first table are the disk's more than the program's. Compare the ratios.
* In the memory runs the model, the chat service and the agent share the cores.
* Start and memory with Matrix are not here: they need a homeserver.
`,
  );
  console.log('wrote bench/RESULTS.md');
}

await main();
