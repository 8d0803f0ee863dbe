import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type Point, points, sides } from './faults.ts';
import { Random } from './random.ts';
import { Scene, type Source, type Verdict } from './scene.ts';

type Blow =
  | ({ readonly kind: 'point' } & Fault)
  | { readonly kind: 'time'; readonly milliseconds: number; readonly signal: 'SIGKILL' | 'SIGTERM' };

export interface Life extends Verdict {
  readonly seed: number;
  readonly messages: number;
  /** What hit the process, in words: `inbox claim, after`; blows that it did not live to see are left out. */
  readonly blows: readonly string[];
  readonly output: string;
}

interface Said {
  readonly source: Source;
  readonly to: string;
  readonly remember: boolean;
}

interface Chapter {
  readonly says: readonly Said[];
  /** Said when the agent listens; else before it starts. */
  readonly late: boolean;
  readonly blow: Blow | undefined;
}

/** What the process needs to hear to get to a point. */
function towards(point: Point): Partial<Said> {
  if (point.startsWith('telegram')) return { source: 'telegram' };
  if (point.startsWith('recorder')) return { source: 'recorder' };
  if (point === 'webhook answer') return { source: 'webhook' };
  return point === 'memory write' ? { remember: true } : {};
}

function plan(random: Random): Chapter[] {
  const say = (): Said => ({
    source: random.pick<Source>(['recorder', 'recorder', 'telegram', 'webhook']),
    to: random.pick(['a', 'b']),
    remember: random.below(4) === 0,
  });
  const chapter = (): Chapter => {
    const late = random.below(2) === 0;
    const says = Array.from({ length: 1 + random.below(3) }, say);
    if (random.below(4) === 0) {
      const signal = random.below(4) === 0 ? 'SIGTERM' : 'SIGKILL';
      return { says, late, blow: { kind: 'time', milliseconds: random.below(300), signal } };
    }
    const point = random.pick(points);
    const first = { ...say(), ...towards(point) };
    const blow = { kind: 'point', point, side: random.pick(sides), count: 1 + random.below(2) } as const;
    return { says: [first, ...says], late, blow };
  };
  return [
    ...Array.from({ length: 1 + random.below(3) }, chapter),
    { says: [say()], late: random.below(2) === 0, blow: undefined },
  ];
}

/** Messages by several channels to an agent that is killed some times on the way, all of it as the seed says. */
export async function live(seed: number, model: string): Promise<Life> {
  const chapters = plan(new Random(seed));
  const scene = await Scene.open(seed, model);
  const hit: string[] = [];
  const problems: string[] = [];
  let output = '';
  try {
    for (const { says, late, blow } of chapters) {
      const say = () => {
        for (const one of says) scene.say(one.source, one);
      };
      if (!late) say();
      const agent = scene.start(blow?.kind === 'point' ? blow : undefined);
      const ready = await agent.said('"ready"');
      if (late) say();
      if (blow?.kind === 'time' && ready) {
        await sleep(blow.milliseconds);
        agent.kill(blow.signal);
        const { code } = await agent.exit;
        hit.push(blow.signal === 'SIGTERM' ? 'SIGTERM at a random time' : 'a random time');
        if (blow.signal === 'SIGTERM' && code !== 0) problems.push(`ended with ${code} after SIGTERM`);
      } else if (blow?.kind === 'point') {
        const settled = await scene.settled();
        if (!agent.running) {
          const { signal, code } = await agent.exit;
          if (signal === 'SIGKILL') hit.push(`${blow.point}, ${blow.side}`);
          else problems.push(`ended by itself with ${code}`);
        } else if (!settled) problems.push('stuck');
        // Not there, or not so often: the next blow hits an agent that has less to do.
        if (agent.running) {
          agent.kill('SIGKILL');
          await agent.exit;
          hit.push('at rest');
        }
      } else if (blow === undefined && !(await scene.settled())) {
        problems.push(agent.running ? 'stuck' : 'ended by itself');
      }
      output = agent.output;
    }
    const verdict = await scene.verdict();
    output = scene.agent?.output ?? output;
    if (verdict.repeated > hit.length) problems.push(`${verdict.repeated} deliveries again after ${hit.length} blows`);
    return {
      seed,
      messages: scene.messages.length,
      blows: hit,
      output,
      ...verdict,
      problems: [...problems, ...verdict.problems],
    };
  } finally {
    await scene.close();
  }
}
