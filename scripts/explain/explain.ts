import { relative, sep } from 'node:path';
import { originOf, type Source } from '../../constructs/origin.ts';
import type { Finding, Reported } from '../../constructs/problem.ts';
import { reasonsOf } from '../../constructs/reason.ts';
import { objectName } from '../manifest/manifest.ts';
import { type CheckedCluster, checkedCluster } from '../synth/cluster-output.ts';
import type { Rendered } from '../synth/render.ts';
import { UsageError } from '../usage-error.ts';
import { noAnswer, type Place, type Question, question } from './question.ts';

/** A line of source, relative to the repository, with forward slashes. */
export interface Line {
  readonly file: string;
  readonly line: number;
}

/** Why a part of an object is there. */
export interface ExplainedPart {
  readonly what: string;
  readonly because: string;
  readonly details: readonly string[];
  readonly source?: Line | undefined;
}

/** Something that was found about an object. */
export interface ExplainedFinding {
  readonly rule: string;
  readonly message: string;
  /** Why it is accepted, and where; undefined when nobody accepted it. */
  readonly accepted?: { readonly because: string; readonly source?: Line | undefined } | undefined;
}

/** Why an object is there. */
export interface Explanation {
  /** Relative to the repository: `dist/lab/claw/statefulset.claw.yaml`. */
  readonly file: string;
  /** `StatefulSet zeroclaw/claw`. */
  readonly object: string;
  /** Construct path with the cluster's name in front. */
  readonly path: string;
  readonly source?: Line | undefined;
  /** Undefined for an object that an author made as it stands. */
  readonly purpose?: string | undefined;
  readonly parts: readonly ExplainedPart[];
  readonly findings: readonly ExplainedFinding[];
}

/** The outcome of a run. */
export interface Explained {
  readonly objects: readonly Explanation[];
  /** Clusters with errors: nothing can be said about them. */
  readonly broken: readonly { readonly cluster: string; readonly errors: number }[];
  /** Arguments that several objects answer. */
  readonly several: readonly { readonly text: string; readonly count: number }[];
}

/** How many objects one argument may mean; of more, some are named. */
const few = 5;

/**
 * Renders clusters in memory and says why the objects asked for are there.
 *
 * @throws UsageError for an argument that no object answers, or too many
 */
export async function explain(place: Place & { readonly names: readonly string[] }): Promise<Explained> {
  const questions = place.names.map((name) => question(name, place));
  const checked: CheckedCluster[] = [];
  for (const name of new Set(questions.flatMap(({ clusters }) => clusters))) {
    checked.push(await checkedCluster(place.repository, name));
  }
  const broken = checked
    .filter(({ output }) => output.errors.length > 0)
    .map(({ output }) => ({ cluster: output.name, errors: output.errors.length }));
  const whole = checked.filter(({ output }) => output.errors.length === 0);
  const answers = questions.map((each) => ({
    text: each.text,
    found: answersTo(each, whole, broken.length > 0, place),
  }));
  const objects = new Map(answers.flatMap(({ found }) => found.map(({ manifest, of }) => [manifest, of])));
  return {
    objects: [...objects].map(([manifest, of]) => explanation(manifest, of, place.repository)),
    broken,
    several: answers.filter(({ found }) => found.length > 1).map(({ text, found }) => ({ text, count: found.length })),
  };
}

interface Answer {
  readonly manifest: Rendered;
  readonly of: CheckedCluster;
}

function answersTo(
  asked: Question,
  clusters: readonly CheckedCluster[],
  incomplete: boolean,
  { namespace }: Place,
): Answer[] {
  const all = clusters
    .filter(({ output }) => asked.clusters.includes(output.name))
    .flatMap((of) => of.manifests.map((manifest) => ({ manifest, of })));
  const found = all.filter(({ manifest }) => asked.answers(manifest));
  // It may be in a cluster that could not be rendered.
  if (found.length === 0 && !incomplete)
    throw noAnswer(
      asked,
      all.map(({ manifest }) => manifest),
      namespace,
    );
  if (found.length > few) {
    const list = found.slice(0, few).map(({ manifest }) => `dist/${manifest.file}`);
    throw new UsageError(
      `${asked.text} means ${found.length} objects: ${list.join(', ')} and more. Narrow it with --namespace or --cluster, or give the file.`,
    );
  }
  return found;
}

function explanation(manifest: Rendered, { findings, accepted }: CheckedCluster, repository: string): Explanation {
  const { construct, object } = manifest;
  const line = (source: Source | undefined): Line | undefined =>
    source && { file: relative(repository, source.file).split(sep).join('/'), line: source.line };
  const origin = originOf(construct);
  const reasons = reasonsOf(construct);
  const scopes = construct.node.scopes;
  const concerns = (found: Reported<Finding>) =>
    found.construct === construct ||
    (scopes.includes(found.construct) &&
      reasons?.findings?.some(({ rule, message }) => rule === found.item.rule && message === found.item.message));
  return {
    file: `dist/${manifest.file}`,
    object: objectName(object),
    path: origin.path,
    source: line(origin.source),
    purpose: reasons?.purpose,
    parts: (reasons?.parts ?? []).map(({ what, because, details, source }) => ({
      what,
      because,
      details: details ?? [],
      source: line(source ?? origin.source),
    })),
    findings: [
      ...findings.filter(concerns).map(({ item }) => ({ rule: item.rule, message: item.message })),
      ...accepted.filter(concerns).map(({ item, source }) => ({
        rule: item.rule,
        message: item.message,
        accepted: { because: item.because, source: line(source) },
      })),
    ],
  };
}
