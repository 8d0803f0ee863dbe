import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Point } from './faults.ts';
import { MemoryLimit } from './memory-limit.ts';
import type { ScriptedModel } from './model.ts';
import { Scene, type Verdict } from './scene.ts';

export interface Outcome {
  readonly messages: number;
  readonly verdict: Verdict;
  /** Largest resident set of the agent, in bytes. */
  readonly peak: number;
  readonly seen: string;
}

export interface Condition {
  readonly name: string;
  /** @returns a reason when this machine cannot have the condition */
  run(model: ScriptedModel): Promise<Outcome | string>;
}

/** Says some messages by every channel. */
function sayAll(scene: Scene, count: number, words?: string): void {
  for (let index = 0; index < count; index += 1)
    scene.say((['recorder', 'telegram', 'webhook', 'recorder'] as const)[index % 4] ?? 'recorder', {
      to: index % 8 < 4 ? 'a' : 'b',
      ...(words !== undefined && { words }),
    });
}

async function outcome(scene: Scene, seen: string, settled = true, problems: readonly string[] = []): Promise<Outcome> {
  const peak = scene.agent?.memory('VmHWM') ?? 0;
  const verdict = await scene.verdict();
  const stuck = settled ? [] : ['stuck'];
  return {
    messages: scene.messages.length,
    verdict: { ...verdict, problems: [...stuck, ...problems, ...verdict.problems] },
    peak,
    seen,
  };
}

const long = `hello ${'and so on '.repeat(2000)}`;

const fullDatabase: Condition = {
  name: 'disk full: SQLite may not grow',
  run: async (model) => {
    const scene = await Scene.open(9001, model.url);
    try {
      const agent = scene.start();
      await agent.said('"ready"');
      sayAll(scene, 4);
      await scene.settled();
      scene.say('recorder', { to: 'held', words: 'drip' });
      await sleep(500);
      await agent.tell({ pages: 0 });
      sayAll(scene, 12, long);
      await sleep(4000);
      const refused = scene.messages.filter(({ acknowledged }) => !acknowledged).length;
      await agent.tell({ pages: null });
      return await outcome(scene, `${refused} webhooks not accepted meanwhile`, await scene.settled());
    } finally {
      await scene.close();
    }
  },
};

const fullDisk: Condition = {
  name: 'disk full: a file system with no byte left, while a run and a delivery are on their way',
  run: async (model) => {
    const state = mkdtempSync(join(tmpdir(), 'runtime-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', state], { stdio: 'ignore' });
    } catch {
      rmSync(state, { recursive: true });
      return 'a tmpfs cannot be mounted here';
    }
    const scene = await Scene.open(9002, model.url, { state });
    try {
      const agent = scene.start();
      await agent.said('"ready"');
      sayAll(scene, 4);
      await scene.settled();
      scene.recorder.slow = 1500;
      for (const to of ['c', 'd']) scene.say('recorder', { to, words: to === 'c' ? 'drip' : 'hello' });
      await sleep(700);
      const ballast = join(state, 'ballast');
      fill(ballast);
      sayAll(scene, 12);
      await sleep(4000);
      const refused = scene.messages.filter(({ acknowledged }) => !acknowledged).length;
      scene.recorder.slow = 0;
      rmSync(ballast);
      return await outcome(scene, `${refused} webhooks not accepted meanwhile`, await scene.settled(60));
    } finally {
      await scene.close();
      execFileSync('umount', ['-l', state]);
      rmSync(state, { recursive: true, force: true });
    }
  },
};

function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  for (let size = 65_536; size >= 1; ) {
    try {
      if (writeSync(descriptor, Buffer.alloc(size)) < size) size >>= 1;
    } catch {
      size >>= 1;
    }
  }
  closeSync(descriptor);
}

const clock = (name: string, jumps: readonly number[]): Condition => ({
  name,
  run: async (model) => {
    const scene = await Scene.open(9100 + jumps.length, model.url);
    try {
      const agent = scene.start();
      await agent.said('"ready"');
      for (const hours of jumps) {
        scene.say('recorder', { to: 'slow', words: 'drip' });
        sayAll(scene, 8);
        await sleep(700);
        await agent.tell({ clock: hours * 3_600_000 });
      }
      const settled = await scene.settled();
      const again = scene.recorder.deliveries.length - scene.messages.filter((m) => m.source === 'recorder').length;
      return await outcome(scene, `${again} deliveries again with the same key`, settled);
    } finally {
      await scene.close();
    }
  },
});

const frame = 4096 + 24;

/** Kills at commits, and tears the end of the log each time as `tear` does. */
const torn = (name: string, number: number, tear: (log: string) => string | undefined): Condition => ({
  name,
  run: async (model) => {
    const scene = await Scene.open(number, model.url);
    const seen: string[] = [];
    const problems: string[] = [];
    try {
      const commits: Point[] = [
        'inbox put',
        'inbox claim',
        'answer stored',
        'outbox claim',
        'outbox done',
        'inbox put',
      ];
      for (const [index, point] of commits.entries()) {
        sayAll(scene, 4);
        const agent = scene.start({ point, side: 'after', count: 1 + (index % 3) });
        if (await scene.settled()) problems.push(`not killed at ${point}`);
        await agent.exit;
        const done = tear(join(scene.state, 'agent.db-wal'));
        if (done !== undefined) seen.push(done);
      }
      scene.start();
      const settled = await scene.settled();
      return await outcome(scene, `${seen.length} tears after ${commits.length} kills`, settled, problems);
    } finally {
      await scene.close();
    }
  },
});

/** A commit that was being written when the power went: a frame that is not whole. */
function tearNext(log: string): string | undefined {
  const bytes = readFileSync(log);
  if (bytes.length < 32 + frame) return undefined;
  appendFileSync(log, Buffer.concat([bytes.subarray(32, 32 + 24), Buffer.alloc(1500, 0x5a)]));
  return 'appended';
}

/** The last commit itself, from a disk that said it was written: its last frame is half zeros. */
function tearLast(log: string): string | undefined {
  const bytes = readFileSync(log);
  // Frames of the current generation have the salts of the header; older ones may follow.
  const salts = bytes.subarray(16, 24);
  let last = -1;
  for (let at = 32; at + frame <= bytes.length; at += frame)
    if (bytes.subarray(at + 8, at + 16).equals(salts)) last = at;
  if (last < 0) return undefined;
  bytes.fill(0, last + 24 + 2048, last + frame);
  writeFileSync(log, bytes);
  return 'zeroed';
}

/** Waits until no message is in the inbox. */
async function idle(scene: Scene): Promise<void> {
  const database = new DatabaseSync(join(scene.state, 'agent.db'), { readOnly: true });
  const open = database.prepare(`SELECT count(*) AS n FROM message WHERE queue = 'inbox' AND state <> 'done'`);
  const accepted = () => scene.messages.every(({ acknowledged }) => acknowledged);
  while (!accepted() || (open.get() as { n: number }).n > 0) await sleep(50);
  database.close();
}

const away: Condition = {
  name: 'both chat services away for an hour',
  run: async (model) => {
    const scene = await Scene.open(9300, model.url);
    try {
      const agent = scene.start();
      await agent.said('"ready"');
      sayAll(scene, 4);
      await scene.settled();
      scene.say('recorder', { to: 'c', words: 'drip' });
      await sleep(500);
      await Promise.all([scene.recorder.down(), scene.bot.down()]);
      for (let index = 0; index < 10; index += 1) scene.say('webhook');
      // The hour is for the deliveries; a run, which takes its real time, would outlive its lease in it.
      await idle(scene);
      for (let minute = 0; minute < 60; minute += 1) {
        await sleep(120);
        await agent.tell({ clock: 60_000 });
      }
      await Promise.all([scene.recorder.up(), scene.bot.up()]);
      sayAll(scene, 4);
      await idle(scene);
      let minutes = 0;
      while (!(await scene.settled(2)) && minutes < 20) {
        await agent.tell({ clock: 60_000 });
        minutes += 1;
      }
      return await outcome(scene, `all delivered ${minutes} minutes after they came back`, minutes < 20);
    } finally {
      await scene.close();
    }
  },
};

const slowModel: Condition = {
  name: 'slow model: in pieces, too slow, and silent',
  run: async (model) => {
    const models = {
      providers: { local: { api: 'openai-compatible' as const, baseUrl: model.url } },
      chain: [{ provider: 'local', model: 'm' }],
      retrySeconds: [],
      idleSeconds: 2,
    };
    const scene = await Scene.open(9400, model.url, { models, budget: { seconds: 6 } });
    try {
      await scene.start().said('"ready"');
      const words = ['drip', 'trickle', 'hang', 'hello', 'hello', 'hello'];
      for (const [index, word] of words.entries()) scene.say('recorder', { to: `room ${index}`, words: word });
      const settled = await scene.settled();
      const problems = [
        /in pieces$/.test(scene.answersTo(0)[0] ?? '') ? '' : 'the answer in pieces is not whole',
        /I stopped after 6 s/.test(scene.answersTo(1)[0] ?? '') ? '' : 'the run that is too slow was not stopped',
        /No model could be reached/.test(scene.answersTo(2)[0] ?? '') ? '' : 'the silent model was not noticed',
      ].filter((problem) => problem !== '');
      return await outcome(scene, 'answered, stopped at the budget, degraded; others not held up', settled, problems);
    } finally {
      await scene.close();
    }
  },
};

/** Messages that wait while no answer comes; then all of them are answered. */
export async function queued(
  model: ScriptedModel,
  count: number,
  marks: { high: number; low: number },
  limit?: MemoryLimit,
) {
  const scene = await Scene.open(9500 + (marks.high > count ? 1 : 0), model.url, {
    queue: marks,
    // The default: what a run holds until its time is over shows.
    budget: {},
  });
  try {
    const agent = scene.start(undefined, limit);
    await agent.said('"ready"');
    const atStart = agent.memory('VmRSS');
    for (const to of ['x', 'y']) scene.say('recorder', { to, words: 'wait' });
    for (let index = 2; index < count; index += 1) scene.say('recorder', { to: `room ${index % 25}` });
    const waiting = Math.min(count, marks.high);
    const database = new DatabaseSync(join(scene.state, 'agent.db'), { readOnly: true });
    const depth = database.prepare(`SELECT count(*) AS n FROM message WHERE queue = 'inbox' AND state <> 'done'`);
    const inbox = () => (depth.get() as { n: number }).n;
    while (inbox() < waiting && agent.running) await sleep(20);
    await sleep(500);
    const deepest = inbox();
    const full = agent.memory('VmRSS');
    model.release();
    const from = performance.now();
    // Peaks while the first half is answered, and the second.
    const halves: [number, number] = [0, 0];
    const sampler = setInterval(() => {
      const half = scene.answered < count / 2 ? 0 : 1;
      halves[half] = Math.max(halves[half], agent.memory('VmRSS'));
    }, 200);
    const settled = await scene.settled(900);
    clearInterval(sampler);
    const seconds = (performance.now() - from) / 1000;
    database.close();
    const peak = agent.memory('VmHWM');
    return { atStart, full, halves, peak, deepest, seconds, outcome: await outcome(scene, '', settled) };
  } finally {
    await scene.close();
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);
/** What a second half of the messages may take more than the first: the heap settles late. */
const growth = 40e6;

const flood = (count: number, marks: { high: number; low: number }, name: string, limited = false): Condition => ({
  name,
  run: async (model) => {
    const limit = limited ? MemoryLimit.make(256 * 2 ** 20) : undefined;
    if (limited && limit === undefined) return 'a memory cgroup cannot be made here';
    const { atStart, full, halves, peak, deepest, seconds, outcome } = await queued(model, count, marks, limit);
    limit?.remove();
    const [first, second] = halves;
    const problems = [
      ...outcome.verdict.problems,
      ...(second - first > growth ? [`memory grew from ${megabytes(first)} to ${megabytes(second)} MB`] : []),
      ...(deepest > marks.high ? [`${deepest} were waiting`] : []),
    ];
    const seen = [
      `${megabytes(atStart)} MB at the start, ${megabytes(full)} MB with ${deepest} waiting`,
      `at most ${megabytes(first)} and ${megabytes(second)} MB in the two halves, at ${Math.round(count / seconds)} a second`,
    ].join('; ');
    return { ...outcome, verdict: { ...outcome.verdict, problems }, peak, seen };
  },
});

export function conditions(flooded: number): readonly Condition[] {
  return [
    fullDatabase,
    fullDisk,
    clock('clock a day ahead, with a run on its way', [24]),
    clock('clock a day ahead, two back, an hour ahead', [24, -48, 1]),
    torn('the log ends in a torn frame', 9201, tearNext),
    torn('the last committed frame is torn', 9202, tearLast),
    away,
    slowModel,
    flood(flooded, { high: 1000, low: 500 }, `${flooded} messages, marks at 1000 and 500`),
    flood(flooded, { high: 2 * flooded, low: flooded }, `${flooded} messages in the inbox at once`),
    flood(flooded, { high: 1000, low: 500 }, `${flooded} messages in a container of 256 MiB`, true),
  ];
}
