import type { IConstruct } from 'constructs';
import { callerSource, originOf, type Source, sourceLine } from './origin.ts';

/** One thing that is wrong in the source. All problems of a run are shown together, and nothing is written while there is one. */
export interface Problem {
  /** What is wrong, with the value that was given. */
  readonly message: string;
  /** Why it matters: what the real program or the API server would do. */
  readonly why?: string | undefined;
  /** What to do. */
  readonly help?: string | undefined;
}

/** A fact that a reviewer should know and may accept in source with `accept()`. */
export interface Finding extends Problem {
  /** Stable identifier, kebab-case: what `accept()` names. */
  readonly rule: string;
}

/** A problem or finding with the construct that it belongs to. */
export interface Reported<T extends Problem> {
  readonly construct: IConstruct;
  readonly item: T;
}

const problems = new WeakMap<IConstruct, Problem[]>();
const findings = new WeakMap<IConstruct, Finding[]>();
const accepted = new WeakMap<IConstruct, Map<string, Acceptance>>();

/** Why a finding is as it should be, and the author's line that says so. */
interface Acceptance {
  readonly because: string;
  readonly source?: Source | undefined;
}

/** A finding that an author accepted. */
export interface Accepted extends Reported<Finding & { readonly because: string }> {
  readonly source?: Source | undefined;
}

/** Records problems of a construct. */
export function report(construct: IConstruct, ...items: readonly Problem[]): void {
  if (items.length === 0) return;
  showInStockSynth(construct);
  problems.get(construct)?.push(...items);
}

/** Makes stock `App.synth()` fail with this construct's problems; in a derivation it must be called before validation starts. */
export function showInStockSynth(construct: IConstruct): void {
  if (problems.has(construct)) return;
  const list: Problem[] = [];
  problems.set(construct, list);
  construct.node.addValidation({ validate: () => list.map((item) => formatProblem(construct, item)) });
}

/** Records findings of a construct. They never fail a run by themselves. */
export function find(construct: IConstruct, ...items: readonly Finding[]): void {
  findings.set(construct, [...(findings.get(construct) ?? []), ...items]);
}

/**
 * Silences one rule for a construct and everything below it.
 *
 * @param because the reason, for the reviewer; an acceptance without one is a problem
 */
export function accept(construct: IConstruct, rule: string, options: { readonly because: string }): void {
  if (options.because.trim() === '') {
    report(construct, {
      message: `accept('${rule}') has an empty reason`,
      help: 'Say in `because` why this is right here.',
    });
  }
  const rules = accepted.get(construct) ?? new Map<string, Acceptance>();
  rules.set(rule, { because: options.because, source: callerSource() });
  accepted.set(construct, rules);
}

/** Everything that was reported below `root`, in tree order. */
export function reportedBelow(root: IConstruct): {
  problems: Reported<Problem>[];
  findings: Reported<Finding>[];
  accepted: Accepted[];
} {
  const out: ReturnType<typeof reportedBelow> = { problems: [], findings: [], accepted: [] };
  const used = new Map<IConstruct, Set<string>>();
  const all = root.node.findAll();
  for (const construct of all) {
    for (const item of problems.get(construct) ?? []) out.problems.push({ construct, item });
    for (const item of findings.get(construct) ?? []) {
      const holder = construct.node.scopes.findLast((scope) => accepted.get(scope)?.has(item.rule));
      if (!holder) {
        out.findings.push({ construct, item });
        continue;
      }
      used.set(holder, (used.get(holder) ?? new Set()).add(item.rule));
      const { because = '', source } = accepted.get(holder)?.get(item.rule) ?? {};
      out.accepted.push({ construct, item: { ...item, because }, source });
    }
  }
  for (const construct of all) {
    for (const rule of accepted.get(construct)?.keys() ?? []) {
      if (used.get(construct)?.has(rule)) continue;
      const item = { rule: 'unused-accept', message: `accept('${rule}') silences nothing`, help: 'Remove it.' };
      out.findings.push({ construct, item });
    }
  }
  return out;
}

/**
 * A problem as people read it:
 *
 * ```
 * apps/claw/claw.ts:14  lab/claw/claw
 *   what is wrong
 *   why it matters
 *   what to do
 * ```
 */
export function formatProblem(construct: IConstruct, problem: Problem, root?: string): string {
  const origin = originOf(construct);
  const where = origin.source ? `${sourceLine(origin.source, root)}  ${origin.path}` : origin.path;
  const text = [problem.message, problem.why, problem.help].filter((part) => part !== undefined).join('\n');
  return `${where}\n${text.replace(/^/gm, '  ')}`;
}
