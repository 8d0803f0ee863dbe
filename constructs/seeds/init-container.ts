import { readFileSync } from 'node:fs';
import { basename } from 'node:path/posix';
import { Size } from 'cdk8s';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import { packFiles } from '../agent/config-maps.ts';
import { containerSpec } from '../agent/container.ts';
import type { Seeder, StateVolume } from '../agent/plan.ts';
import type { PodVolumes } from '../agent/volumes.ts';
import type { WiredAgent } from '../agent/wire.ts';
import { clusterImage, hasImageVolumes } from '../facts.ts';
import { type Image, imageReference } from '../images.ts';
import type { Loose } from '../manifest.ts';
import type { Problem } from '../problem.ts';

const scriptFolder = '/chitin/seed';
const sourceFolder = '/chitin/source';

/** The copier, as it stands beside this file. */
export const copyScript = readFileSync(new URL('copy.sh', import.meta.url), 'utf8');

/** What is wrong with an agent's seed on its cluster. */
export function seedProblems({ props: { seed }, plan, cluster }: WiredAgent): readonly Problem[] {
  if (!seed) return [];
  const problems: Problem[] = [];
  if (plan.workspace === undefined || !volumeOf(plan.state, plan.workspace)) {
    return [
      {
        message: 'seed: the runtime has no workspace in a folder of a state volume',
        help: 'Remove the seed, or give the runtime one.',
      },
    ];
  }
  if (!isPlainPath(plan.workspace)) {
    problems.push({
      message: `seed: workspace "${plan.workspace}" is not a plain absolute path`,
      help: 'Write it without ".", "..", doubled or trailing slashes.',
    });
  }
  if (seed.kind === 'image' && seed.path !== '/' && !isPlainPath(seed.path)) {
    problems.push({
      message: `seed: path "${seed.path}" in the image is not a plain absolute path`,
      help: 'Write it without ".", ".." and doubled slashes.',
    });
  }
  if (seed.kind === 'image' && seed.path === '/' && !hasImageVolumes(cluster)) {
    problems.push({
      message: `seed: the whole image ${imageReference(seed.image)}, and cluster ${cluster.name} has no image volumes`,
      why: 'Its root would be copied with /proc and /etc by a container of the image itself.',
      help: 'Put the files into a folder of the image, and give its `path`.',
    });
  }
  if (seed.kind === 'files') problems.push(...packFiles('seed', seed.files).problems);
  if (seed.kind === 'image' && !hasImageVolumes(cluster) && !seed.shell) {
    problems.push({
      message: `seed: image ${imageReference(seed.image)} has no shell, and cluster ${cluster.name} has no image volumes`,
      why: 'Without image volumes the files are copied by a container of the image itself.',
      help: 'Use an image with /bin/sh, cp, mv, rm, mkdir, rmdir and chmod, or a cluster with image volumes (Kubernetes 1.35).',
    });
  } else if (!copier(seed, plan, cluster)) {
    problems.push({
      message: 'seed: the runtime has no image with a shell that could copy the files',
      help: 'Use an imageSeed() with `shell: true`, or remove the seed.',
    });
  }
  return problems;
}

/** The init container that puts the seed in place; undefined without a seed. */
export function seedPart(
  agent: WiredAgent,
  volumes: PodVolumes,
  stateMounts: readonly Loose<IVolumeMount>[],
): Loose<IContainer> | undefined {
  const { plan, cluster, props, name } = agent;
  const { seed } = props;
  const workspace = plan.workspace;
  const state = workspace === undefined ? undefined : volumeOf(plan.state, workspace);
  if (!seed || workspace === undefined || !state) return undefined;
  const image = copier(seed, plan, cluster);
  if (!image) return undefined;
  const cause = { because: 'seed of the workspace' };
  const mounts = stateMounts.filter((mount) => mount.name === state.name);
  const seeder = seederOf(agent);
  if (seeder) {
    const config = `${name}-config`;
    if (plan.files.length > 0) volumes.add({ name: config, configMap: { name: config } }, cause);
    for (const { path } of plan.files)
      mounts.push({ name: config, mountPath: path, subPath: basename(path), readOnly: true });
  } else {
    volumes.add({ name: 'seed-script', configMap: { name: `${name}-seed-script` } }, cause);
    mounts.push({ name: 'seed-script', mountPath: scriptFolder, readOnly: true });
  }
  const byVolume = seed.kind === 'image' && hasImageVolumes(cluster);
  if (byVolume) {
    const reference = imageReference(clusterImage(cluster, seed.image));
    volumes.add({ name: 'seed', image: { reference, pullPolicy: 'IfNotPresent' } }, cause);
    mounts.push({ name: 'seed', mountPath: sourceFolder, readOnly: true });
  } else if (seed.kind === 'files') {
    const { items } = packFiles('seed', seed.files);
    volumes.add({ name: 'seed', configMap: { name: `${name}-seed`, items } }, cause);
    mounts.push({ name: 'seed', mountPath: sourceFolder, readOnly: true });
  }
  const [program] = plan.containers;
  const source =
    seed.kind === 'files' ? sourceFolder : byVolume ? sourceFolder + (seed.path === '/' ? '' : seed.path) : seed.path;
  const script = {
    command: ['/bin/sh', `${scriptFolder}/copy.sh`],
    env: {
      SEED_SOURCE: source,
      SEED_TARGET: workspace,
      SEED_RECORD: `${state.path}/.seed`,
      SEED_LINKS: seed.kind === 'files' ? 'follow' : 'refuse',
    },
    resources: { requests: { cpu: '10m', memory: Size.mebibytes(16) }, limits: { memory: Size.mebibytes(64) } },
  };
  const own = seeder && {
    command: [...seeder.command, source],
    env: program.env,
    resources: seeder.resources,
  };
  return containerSpec(
    { name: 'seed', image, ...(own ?? script), scratch: [], ports: [], probes: {}, user: program.user },
    cluster,
    program.user,
    mounts,
  );
}

/** The runtime's own copier, where it copies the agent's seed; undefined where the script does. */
export function seederOf({ props: { seed }, plan, cluster }: WiredAgent): Seeder | undefined {
  return seed?.kind === 'image' && !hasImageVolumes(cluster) ? undefined : plan.seeder;
}

function copier(
  seed: NonNullable<WiredAgent['props']['seed']>,
  plan: WiredAgent['plan'],
  cluster: WiredAgent['cluster'],
): Image | undefined {
  if (seed.kind === 'image' && !hasImageVolumes(cluster)) return seed.shell ? seed.image : undefined;
  return plan.seeder ? plan.containers[0].image : plan.shell;
}

function isPlainPath(path: string): boolean {
  return /^(\/(?!\.{1,2}(\/|$))[^/]+)+$/.test(path);
}

function volumeOf(state: readonly StateVolume[], folder: string): StateVolume | undefined {
  return state.find(({ path }) => folder.startsWith(`${path}/`));
}
