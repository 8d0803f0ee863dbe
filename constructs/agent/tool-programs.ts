import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import type { Loose } from '../manifest.ts';
import { containerSpec, quantity } from './container.ts';
import type { ContainerPlan } from './plan.ts';
import type { PodVolumes } from './volumes.ts';
import type { WiredAgent } from './wire.ts';

/** Where programs of most images are; an environment variable replaces the image's own list. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What tools that are programs add to the pod. */
export interface AddedPrograms {
  /** Init containers that put the programs in place. */
  readonly containers: readonly { readonly spec: Loose<IContainer>; readonly part: string }[];
  /** The folders, read-only, for every container of the runtime. */
  readonly mounts: readonly Loose<IVolumeMount>[];
  /** A container's environment with the folders in front of its `PATH`. */
  env(container: ContainerPlan): ContainerPlan['env'];
}

export function toolPrograms({ tools, plan, cluster }: WiredAgent, volumes: PodVolumes): AddedPrograms {
  const containers: { spec: Loose<IContainer>; part: string }[] = [];
  const mounts: Loose<IVolumeMount>[] = [];
  const folders: string[] = [];
  for (const { tool, plan: toolPlan } of tools) {
    const { endpoint, programs } = toolPlan;
    if (endpoint.kind !== 'programs' || !programs) continue;
    const part = `tool ${tool.name}`;
    const place = { name: `tool-${tool.name}`, mountPath: endpoint.folder };
    volumes.add(
      { name: place.name, emptyDir: { sizeLimit: quantity(programs.size) } },
      { because: `programs of ${part}` },
    );
    for (const init of programs.init) {
      const seen = [place, ...volumes.scratch(init, part)];
      containers.push({ spec: containerSpec(init, cluster, plan.containers[0].user, seen), part });
    }
    mounts.push({ ...place, readOnly: true });
    folders.push(endpoint.folder);
  }
  const env = (container: ContainerPlan) =>
    folders.length === 0
      ? container.env
      : { ...container.env, PATH: [...folders, container.env.PATH ?? searchPath].join(':') };
  return { containers, mounts, env };
}
