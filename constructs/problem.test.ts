import { App } from 'cdk8s';
import { Construct } from 'constructs';
import { expect, test } from 'vitest';
import { nameRoot, withoutRecording } from './origin.ts';
import { accept, find, formatProblem, report, reportedBelow } from './problem.ts';

/** `root / app / agent` and `root / other`, without any author's line. */
function tree() {
  const root = new App({ outdir: '/nowhere' });
  nameRoot(root, 'lab');
  return withoutRecording(() => {
    const app = new Construct(root, 'app');
    return { root, app, agent: new Construct(app, 'agent'), other: new Construct(root, 'other') };
  });
}

const finding = (rule: string) => ({ rule, message: `about ${rule}` });
const because = 'it has to be';

/** What was reported, with construct paths instead of constructs. */
function reported(root: Construct) {
  const paths = <T>(
    list: readonly { readonly construct: { readonly node: { readonly path: string } }; readonly item: T }[],
  ) => list.map(({ construct, item }) => [construct.node.path, item] as const);
  const { problems, findings, accepted } = reportedBelow(root);
  return { problems: paths(problems), findings: paths(findings), accepted: paths(accepted) };
}

const nothing = { problems: [], findings: [], accepted: [] };

test('nothing was reported', () => {
  expect(reported(tree().root)).toEqual(nothing);
});

test('what was reported comes in tree order, and below the root that was asked for', () => {
  const { root, app, agent, other } = tree();
  report(other, { message: 'c' });
  report(agent, { message: 'b' });
  report(app, { message: 'a' });
  report(app, { message: 'a again' });
  find(agent, finding('x'), finding('y'));
  const own = [
    ['app', { message: 'a' }],
    ['app', { message: 'a again' }],
    ['app/agent', { message: 'b' }],
  ];
  const findings = [
    ['app/agent', finding('x')],
    ['app/agent', finding('y')],
  ];
  expect(reported(root)).toEqual({ ...nothing, problems: [...own, ['other', { message: 'c' }]], findings });
  expect(reported(app)).toEqual({ ...nothing, problems: own, findings });
});

test('an acceptance holds for its construct and everything below, and for no other rule', () => {
  const { root, app, agent, other } = tree();
  for (const construct of [root, app, agent, other]) find(construct, finding('x'));
  find(agent, finding('y'));
  accept(app, 'x', { because });
  expect(reported(root)).toEqual({
    ...nothing,
    findings: [
      ['', finding('x')],
      ['app/agent', finding('y')],
      ['other', finding('x')],
    ],
    accepted: [
      ['app', { ...finding('x'), because }],
      ['app/agent', { ...finding('x'), because }],
    ],
  });
});

test('the nearest acceptance gives the reason; the farther one is then unused', () => {
  const { root, app, agent } = tree();
  find(agent, finding('x'));
  accept(root, 'x', { because: 'far' });
  accept(app, 'x', { because: 'near' });
  expect(reported(root)).toEqual({
    ...nothing,
    findings: [['', { rule: 'unused-accept', message: "accept('x') silences nothing", help: 'Remove it.' }]],
    accepted: [['app/agent', { ...finding('x'), because: 'near' }]],
  });
});

test('an acceptance that silences nothing is a finding where it stands', () => {
  const { root, app, other } = tree();
  find(other, finding('x'));
  accept(app, 'x', { because });
  expect(reported(root).findings).toEqual([
    ['other', finding('x')],
    ['app', { rule: 'unused-accept', message: "accept('x') silences nothing", help: 'Remove it.' }],
  ]);
});

test.each(['', '  \n'])('an acceptance without a reason is a problem', (empty) => {
  const { root, agent } = tree();
  find(agent, finding('x'));
  accept(agent, 'x', { because: empty });
  expect(reported(root).problems).toEqual([
    ['app/agent', { message: "accept('x') has an empty reason", help: 'Say in `because` why this is right here.' }],
  ]);
});

test('stock cdk8s sees every problem once, reported before or after it began to watch', () => {
  const { agent } = tree();
  report(agent, { message: 'one' });
  report(agent, { message: 'two', why: 'why', help: 'help' });
  expect(agent.node.validate()).toEqual(['lab/app/agent\n  one', 'lab/app/agent\n  two\n  why\n  help']);
  expect(agent.node.validate()).toHaveLength(2);
});

test('a problem as people read it: each of its lines is indented', () => {
  const { agent } = tree();
  expect(formatProblem(agent, { message: 'a\nb', help: 'c' })).toBe('lab/app/agent\n  a\n  b\n  c');
});
