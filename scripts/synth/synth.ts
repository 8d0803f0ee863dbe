import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import type { Cluster } from '../../constructs/cluster.ts';
import { existingObjects } from '../../constructs/existing.ts';
import { originOf } from '../../constructs/origin.ts';
import { type Finding, find, formatProblem, report, reportedBelow } from '../../constructs/problem.ts';
import { toYaml } from '../manifest/yaml.ts';
import { rules } from '../validate/rules/index.ts';
import { clusterNames, loadCluster, thrown } from './clusters.ts';
import { type Changes, compare, marker, write } from './dist.ts';
import { reportClashes } from './places.ts';
import { type Rendered, render } from './render.ts';

/** What to render, and where to. */
export interface SynthOptions {
  /** Absolute path of the repository. */
  readonly repository: string;
  /** Absolute path of the output folder. */
  readonly out: string;
  /** Clusters to render; empty for all, which also removes what is left of clusters that are gone. */
  readonly clusters: readonly string[];
  /** Write nothing. */
  readonly check: boolean;
  /** Findings that nobody accepted fail the run. */
  readonly strict: boolean;
}

/** A finding as output shows it. */
export interface ShownFinding extends Finding {
  readonly cluster: string;
  /** Construct path. */
  readonly path: string;
  /** Where and what, as text for people. */
  readonly text: string;
}

export interface SynthResult {
  readonly clusters: readonly { readonly name: string; readonly objects: number; readonly apps: number }[];
  /** Everything that is wrong, as text for people; nothing was written when there is any. */
  readonly errors: readonly { readonly cluster: string; readonly text: string }[];
  readonly findings: readonly ShownFinding[];
  readonly accepted: number;
  readonly changes?: Changes | undefined;
}

/** Renders clusters into the output folder. On any error nothing is written for any cluster. */
export async function synth(options: SynthOptions): Promise<SynthResult> {
  const { repository, out } = options;
  const known = clusterNames(repository);
  const names = options.clusters.length > 0 ? [...new Set(options.clusters)].sort() : known;
  const errors: { cluster: string; text: string }[] = [];
  const files = new Map<string, string>();
  const clusters: { name: string; objects: number; apps: number }[] = [];
  const findings: ShownFinding[] = [];
  let accepted = 0;
  for (const name of names) {
    const loaded = await loadCluster(repository, name);
    if ('error' in loaded) {
      errors.push({ cluster: name, text: loaded.error });
      continue;
    }
    const { cluster } = loaded;
    let manifests: Rendered[];
    let texts: string[];
    try {
      ({ manifests, texts } = renderCluster(cluster, repository));
    } catch (error) {
      errors.push({ cluster: name, text: thrown(error, repository, `clusters/${name}/cluster.ts`) });
      continue;
    }
    const reported = reportedBelow(cluster);
    texts.push(...reported.problems.map(({ construct, item }) => formatProblem(construct, item, repository)));
    errors.push(...[...new Set(texts)].map((text) => ({ cluster: name, text })));
    for (const { construct, item } of reported.findings) {
      findings.push({
        ...item,
        cluster: name,
        path: originOf(construct).path,
        text: formatProblem(construct, { ...item, message: `${item.rule}: ${item.message}` }, repository),
      });
    }
    accepted += reported.accepted.length;
    for (const manifest of manifests) files.set(manifest.file, textOf(manifest));
    clusters.push({
      name,
      objects: manifests.length,
      apps: cluster.node.children.filter((child) => Chart.isChart(child)).length - 2,
    });
  }
  if (errors.length > 0 || (options.strict && findings.length > 0)) return { clusters, errors, findings, accepted };
  // Only the repository's own dist is ours to clean of clusters that are gone.
  const whole = options.clusters.length === 0 && out === join(repository, 'dist');
  const folders = whole ? [...new Set([...names, ...foldersOf(out)])] : names;
  const changes = compare(out, folders, files);
  if (changes.blocked.length > 0) {
    const blocked = changes.blocked.map((file) => ({
      cluster: file.slice(0, file.indexOf('/')),
      text: `${file}
  this file is not generated, and a generated one belongs here
  Move it away.`,
    }));
    return { clusters, errors: blocked, findings, accepted };
  }
  if (!options.check) write(out, folders, files, changes);
  return { clusters, errors, findings, accepted, changes };
}

/** The manifests of a cluster, checked; and what constructs that are not ours find wrong, as text for people. */
function renderCluster(cluster: Cluster, repository: string): { manifests: Rendered[]; texts: string[] } {
  const texts = deriveAndValidate(cluster, repository);
  const manifests = render(cluster, cluster.name, repository);
  reportClashes(manifests);
  const existing = existingObjects(cluster);
  const constructs = new Map(manifests.map((manifest) => [manifest.file, manifest.construct]));
  for (const rule of rules) {
    for (const { manifest, path, message, why, help } of rule.check(manifests, { existing })) {
      const construct = constructs.get(manifest.file);
      if (!construct) continue;
      const item = { message: path === undefined ? message : `${message} (${path})`, why, help };
      if (rule.severity === 'error') report(construct, item);
      else find(construct, { ...item, rule: rule.id });
    }
  }
  return { manifests, texts };
}

/** Runs derivations and validations, which may make more constructs; ours also end up in `reportedBelow`. */
function deriveAndValidate(cluster: Cluster, repository: string): string[] {
  const invalid = cluster.node
    .findAll()
    .flatMap((construct) => construct.node.validate().map((error) => ({ construct, error })));
  if (invalid.length === 0) return [];
  const ours = new Set(reportedBelow(cluster).problems.map(({ construct, item }) => formatProblem(construct, item)));
  return invalid
    .filter(({ error }) => !ours.has(error))
    .map(({ construct, error }) => formatProblem(construct, { message: error }, repository));
}

function textOf({ object, text, origin }: Rendered): string {
  const from = origin.file === undefined ? '' : ` from ${origin.file}`;
  return `${marker}${from}. Do not edit.\n${text ?? toYaml(object as never)}`;
}

function foldersOf(out: string): string[] {
  try {
    return readdirSync(out, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
