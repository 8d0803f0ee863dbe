import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identity, plant, Sandbox, type Shell, type Tree } from './sandbox.ts';

/**
 * Shell text in front of the script: every command that changes the disk becomes a function that counts, and the shell
 * kills itself before command `at`. As each command stands between two counts, and a redirection opens its file before
 * the command that it belongs to counts, this covers every state between commands. `cp` and `rm -rf`, which are many
 * steps themselves, also stop halfway.
 */
function killBefore(at: number): string {
  return `
steps=0
step() { steps=$((steps + 1)); if [ "$steps" -eq ${at} ]; then kill -KILL $$; fi; }
cp() { step; command printf torn >"$2"; step; command rm -f "$2"; command cp "$@"; }
rm() { step; if [ "$1" = -rf ]; then command rm -rf "$2/tree"; step; fi; command rm "$@"; }
mv() { step; command mv "$@"; }
mkdir() { step; command mkdir "$@"; }
rmdir() { step; command rmdir "$@"; }
chmod() { step; command chmod "$@"; }
printf() { step; command printf "$@"; }
`;
}

interface Scenario {
  name: string;
  /** What an earlier seed put into the workspace. */
  earlier: Tree;
  /** What the agent left there: state, and what the seed will find in its way. */
  state: Tree;
  inTheWay: Tree;
  seed: Tree;
  /** The workspace in the end, without the state. */
  after: Tree;
}

const scenarios: Scenario[] = [
  {
    name: 'first seeding',
    earlier: {},
    state: { 'own/': '', 'own/state.db': 'state' },
    inTheWay: { 'TOOLS.md': 'tools' },
    seed: { 'AGENTS.md': '2', 'TOOLS.md': '2', 'docs/run.sh': { executable: '2' }, 'own/a': '2' },
    after: { 'AGENTS.md': '2', 'TOOLS.md': '2', 'docs/': '', 'docs/run.sh': { executable: '2' }, 'own/a': '2' },
  },
  {
    name: 'refresh',
    earlier: { 'AGENTS.md': '1', 'docs/a.md': '1' },
    state: { 'docs/': '', 'docs/state.db': 'state' },
    inTheWay: { skills: { link: '../../outside/docs' } },
    seed: { 'AGENTS.md': '2', 'docs/a.md': '2', 'skills/guide.md': '2' },
    after: { 'AGENTS.md': '2', 'docs/a.md': '2', 'skills/': '', 'skills/guide.md': '2' },
  },
  {
    name: 'removal',
    earlier: { 'AGENTS.md': '1', 'old/deep/a': '1', 'kept/b': '1', turns: '1', 'flips/c': '1' },
    state: { 'kept/': '', 'kept/state.db': 'state' },
    inTheWay: {},
    seed: { 'AGENTS.md': '2', 'turns/d': '2', flips: '2' },
    after: { 'AGENTS.md': '2', 'turns/': '', 'turns/d': '2', flips: '2' },
  },
];

/** SIGKILL at every point, then another start with the same seed, or with one that has lost all but one file. */
export function killedSuite(shell: Shell): void {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox(shell);
  });
  afterEach(() => box.remove());

  test.each(scenarios)('killed at any point of a $name', (scenario) => {
    const { earlier, state, inTheWay, seed, after } = scenario;
    const complete = { ...after, ...state };
    if (Object.keys(earlier).length > 0) box.place(earlier);
    plant(box.target, { ...state, ...inTheWay });
    const before = box.workspace();
    box.keep('before');

    let code: number | undefined;
    let at = 0;
    while (code !== 0) {
      at++;
      box.restore('before');
      box.seed(seed);
      const untouched = stateOf(scenario);
      ({ code } = box.run({ prelude: killBefore(at) }));
      expect(code ?? 0, `command ${at}`).toBe(0);
      expect(stateOf(scenario)).toEqual(untouched);
      const killed = box.workspace();
      for (const name of new Set([...Object.keys(before), ...Object.keys(complete), ...Object.keys(killed)])) {
        const mayBeMissing = !(name in before && name in complete) || name in inTheWay;
        const allowed = [before[name], complete[name], ...(mayBeMissing ? [undefined] : [])];
        expect(allowed, `${name}, killed before command ${at}`).toContainEqual(killed[name]);
      }

      box.keep('killed');
      startAgain(scenario, seed, after);
      box.restore('killed');
      startAgain(scenario, { 'AGENTS.md': '3' }, { 'AGENTS.md': '3' });
    }
    // The script was really cut: at least at each copy, its half, its place in the list, and its rename.
    expect(at).toBeGreaterThan(Object.keys(seed).length * 4);
  });

  function stateOf({ state }: Scenario): unknown[] {
    const files = Object.keys(state).filter((name) => !name.endsWith('/'));
    return files.map((name) => identity(join(box.target, name)));
  }

  function startAgain(scenario: Scenario, seed: Tree, after: Tree): void {
    const untouched = stateOf(scenario);
    box.seed(seed);
    expect(box.run()).toEqual({ code: 0, stdout: expect.stringMatching(/^seed: /), stderr: expect.any(String) });
    expect(stateOf(scenario)).toEqual(untouched);
    expect(readdirSync(box.record).filter((name) => name !== 'set-aside')).toEqual(['files']);
    // What is in the way of the killed run only: set aside or left where it was.
    const left = Object.entries(scenario.inTheWay).filter(([name]) => !(name in seed) && !(name in box.setAside()));
    expect(box.workspace()).toEqual({ ...after, ...scenario.state, ...Object.fromEntries(left) });
    expect({ ...box.setAside(), ...Object.fromEntries(left) }).toEqual(scenario.inTheWay);
  }
}
