import { relative, sep } from 'node:path';
import { Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import type { Cluster } from '../../constructs/cluster.ts';
import { existingObjects } from '../../constructs/existing.ts';
import { factsOf } from '../../constructs/facts.ts';
import { originOf } from '../../constructs/origin.ts';
import {
  type Accepted,
  type Finding,
  find,
  formatProblem,
  type Problem,
  type Reported,
  report,
  reportedBelow,
} from '../../constructs/problem.ts';
import { toYaml } from '../manifest/yaml.ts';
import { rules } from '../validate/rules/index.ts';
import { loadCluster, thrown } from './clusters.ts';
import { marker } from './dist.ts';
import { leaveOutNewer } from './newer.ts';
import { reportClashes } from './places.ts';
import { type Rendered, render } from './render.ts';

/** A problem or finding as output shows it. */
export interface Shown extends Problem {
  readonly cluster: string;
  /** Construct path; undefined when no construct came to be. */
  readonly path?: string | undefined;
  /** Relative to the repository, with forward slashes. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  /** Rule of a finding. */
  readonly rule?: string | undefined;
  /** Where and what, as text for people. */
  readonly text: string;
}

/** What one cluster renders to. */
export interface ClusterOutput {
  readonly name: string;
  readonly errors: readonly Shown[];
  readonly findings: readonly Shown[];
  /** Findings that source accepts. */
  readonly accepted: number;
  readonly apps: number;
  /** Path below the output folder to text. */
  readonly files: ReadonlyMap<string, string>;
}

/** What one cluster renders to, and what that was made from. */
export interface CheckedCluster {
  readonly output: ClusterOutput;
  readonly manifests: readonly Rendered[];
  readonly findings: readonly Reported<Finding>[];
  readonly accepted: readonly Accepted[];
}

/** Loads, derives, renders and checks one cluster; writes nothing. */
export async function clusterOutput(repository: string, name: string): Promise<ClusterOutput> {
  // The manifests of a large cluster are not kept until all clusters are written.
  return (await checkedCluster(repository, name)).output;
}

/** The same with the manifests and their constructs. */
export async function checkedCluster(repository: string, name: string): Promise<CheckedCluster> {
  const failed = (text: string): CheckedCluster => {
    const message = text.split('\n').slice(1).join('\n').trim();
    const errors = [{ cluster: name, message, text }];
    const output = { name, errors, findings: [], accepted: 0, apps: 0, files: new Map() };
    return { output, manifests: [], findings: [], accepted: [] };
  };
  const loaded = await loadCluster(repository, name);
  if ('error' in loaded) return failed(loaded.error);
  const { cluster } = loaded;
  try {
    const { manifests, foreign } = renderCluster(cluster, repository);
    const { problems, findings, accepted } = reportedBelow(cluster);
    const show = (construct: IConstruct, item: Problem & { rule?: string }) => shown(repository, name, construct, item);
    const errors = [...foreign, ...problems].map(({ construct, item }) => show(construct, item));
    const output: ClusterOutput = {
      name,
      errors: [...new Map(errors.map((error) => [error.text, error])).values()],
      findings: findings.map(({ construct, item }) => show(construct, item)),
      accepted: accepted.length,
      apps: cluster.node.children.filter((child) => Chart.isChart(child)).length - 2,
      files: new Map(manifests.map((manifest) => [manifest.file, textOf(manifest)])),
    };
    return { output, manifests, findings, accepted };
  } catch (error) {
    return failed(thrown(error, repository, `clusters/${name}/cluster.ts`));
  }
}

function shown(repository: string, cluster: string, construct: IConstruct, item: Problem & { rule?: string }): Shown {
  const { path, source } = originOf(construct);
  const message = item.rule === undefined ? item.message : `${item.rule}: ${item.message}`;
  return {
    ...item,
    cluster,
    path,
    file: source && relative(repository, source.file).split(sep).join('/'),
    line: source?.line,
    text: formatProblem(construct, { ...item, message }, repository),
  };
}

/** A problem of a construct that is not ours. */
interface Foreign {
  readonly construct: IConstruct;
  readonly item: Problem;
}

/** The manifests of a cluster, checked; and what constructs that are not ours find wrong. */
function renderCluster(cluster: Cluster, repository: string): { manifests: Rendered[]; foreign: Foreign[] } {
  const foreign = deriveAndValidate(cluster);
  const { kubernetes, images } = factsOf(cluster);
  const switched = images.volumes === undefined ? {} : { 'image-volume': images.volumes };
  const context = { existing: existingObjects(cluster), kubernetes, switched };
  const manifests = leaveOutNewer(render(cluster, cluster.name, repository), context);
  reportClashes(manifests);
  for (const rule of rules) {
    for (const { manifest, path, message, why, help } of rule.check(manifests, context)) {
      // A rule answers with manifests that it was given.
      const { construct } = manifest as Rendered;
      const item = { message: path === undefined ? message : `${message} (${path})`, why, help };
      if (rule.severity === 'error') report(construct, item);
      else find(construct, { ...item, rule: rule.id });
    }
  }
  return { manifests, foreign };
}

/** Runs derivations and validations, which may make more constructs; ours also end up in `reportedBelow`. */
function deriveAndValidate(cluster: Cluster): Foreign[] {
  const invalid = cluster.node
    .findAll()
    .flatMap((construct) => construct.node.validate().map((error) => ({ construct, error })));
  if (invalid.length === 0) return [];
  const ours = new Set(reportedBelow(cluster).problems.map(({ construct, item }) => formatProblem(construct, item)));
  return invalid
    .filter(({ error }) => !ours.has(error))
    .map(({ construct, error }) => ({ construct, item: { message: error } }));
}

function textOf({ object, text, origin }: Rendered): string {
  const from = origin.file === undefined ? '' : ` from ${origin.file}`;
  return `${marker}${from}. Do not edit.\n${text ?? toYaml(object as never)}`;
}
