import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { clusterNames } from '../synth/clusters.ts';
import { UsageError } from '../usage-error.ts';
import { appText } from './app.ts';
import { clusterText, withApp } from './cluster.ts';
import { checkName, className } from './names.ts';
import { type Place, placeOf } from './place.ts';
import { repositoryFiles } from './repository-files.ts';
import { skillText } from './skill.ts';

/** `chitin new cluster`. */
export function newCluster(name: string): void {
  checkName('cluster', name);
  const place = placeOf(process.cwd());
  const { missing, todo } = repositoryFiles(place);
  const file = `clusters/${name}/cluster.ts`;
  create(place, file, clusterText(name, place));
  for (const [path, text] of missing) create(place, path, text);
  tell(todo, [
    `fill in ${shown(place, file)}: the version of Kubernetes and the domain`,
    `${place.command} new app helper --cluster ${name}`,
    `${place.command} synth`,
  ]);
}

/** `chitin new app`. */
export function newApp(name: string, clusters: readonly string[]): void {
  checkName('app', name);
  const place = placeOf(process.cwd());
  const known = existsSync(join(place.repository, 'clusters')) ? clusterNames(place.repository) : [];
  const unknown = clusters.filter((cluster) => !known.includes(cluster));
  if (unknown.length > 0) {
    const help = known.length > 0 ? `There are: ${known.join(', ')}.` : `${place.command} new cluster makes one.`;
    throw new UsageError(`unknown cluster: ${unknown.join(', ')}. ${help}`);
  }
  const { missing, todo } = repositoryFiles(place);
  const file = `apps/${name}/${name}.ts`;
  create(place, file, appText(name, place));
  for (const [path, text] of missing) create(place, path, text);
  const byHand = clusters.filter((cluster) => !putOn(place, cluster, name));
  const lines = `import { ${className(name)} } from '../../${file}'; and in apps: new ${className(name)}(cluster);`;
  tell(todo, [
    `fill in ${shown(place, file)}: the model, and who may talk to the agent`,
    ...(clusters.length > 0 ? byHand : ['<cluster>']).map(
      (cluster) => `put it on a cluster, in ${shown(place, `clusters/${cluster}/cluster.ts`)}: ${lines}`,
    ),
    `${place.command} synth, which also says which secrets the agent needs`,
  ]);
}

/** `chitin new skill`. */
export function newSkill(name: string): void {
  checkName('skill', name);
  const place = placeOf(process.cwd());
  const file = `skills/${name}/SKILL.md`;
  create(place, file, skillText(name));
  tell(
    [],
    [
      `fill in ${shown(place, file)}: what the skill is for, when to use it, and its steps`,
      `give it to an agent: skills: ['${name}']`,
      `${place.command} synth`,
    ],
  );
}

/** @returns false where the cluster's file has a form into which a program should not write */
function putOn({ repository }: Place, cluster: string, app: string): boolean {
  const file = join(repository, 'clusters', cluster, 'cluster.ts');
  const text = withApp(readFileSync(file, 'utf8'), className(app), `../../apps/${app}/${app}.ts`);
  if (text === undefined) return false;
  writeFileSync(file, text);
  console.log(`changed ${relative(process.cwd(), file)}`);
  return true;
}

function create(place: Place, file: string, text: string): void {
  const path = join(place.repository, file);
  if (existsSync(path)) throw new UsageError(`${shown(place, file)} is there already, and stays as it is`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
  console.log(`made ${shown(place, file)}`);
}

function shown({ repository }: Place, file: string): string {
  return relative(process.cwd(), join(repository, file));
}

function tell(first: readonly string[], then: readonly string[]): void {
  console.log(['\nNext:', ...[...first, ...then].map((step, index) => `  ${index + 1}. ${step}`)].join('\n'));
}
