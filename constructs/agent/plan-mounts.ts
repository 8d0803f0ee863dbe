import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import type { Loose } from '../manifest.ts';
import type { Problem } from '../problem.ts';
import { packFiles } from './config-maps.ts';
import { quantity } from './container.ts';
import type { ContainerPlan, Plan } from './plan.ts';
import type { PodVolumes } from './volumes.ts';
import type { WiredAgent } from './wire.ts';

/** What a container of a plan sees of the plan's volumes; shared and configuration folders come into the pod with their first mount. */
export function planMounts(agent: WiredAgent, container: ContainerPlan, volumes: PodVolumes): Loose<IVolumeMount>[] {
  const { plan, props, name } = agent;
  const because = `runtime ${props.runtime.name}`;
  return (container.mounts ?? []).map(({ volume, path, subPath, readOnly }) => {
    const shared = plan.shared?.find((each) => each.name === volume);
    if (shared) {
      const emptyDir = { ...(shared.memory ? { medium: 'Memory' } : {}), sizeLimit: quantity(shared.size) };
      volumes.add({ name: volume, emptyDir }, { because: `${because} shares it between containers` });
    }
    const folder = plan.folders?.find((each) => each.name === volume);
    if (folder) {
      const { items } = packFiles(volume, folder.files);
      const nested = items.some(({ key, path: file }) => key !== file);
      const configMap = { name: `${name}-${volume}`, ...(nested ? { items } : {}) };
      volumes.add({ name: volume, configMap }, { because: `files of ${because}` });
    }
    return { name: volume, mountPath: path, subPath, readOnly: (readOnly ?? folder !== undefined) || undefined };
  });
}

/** Mounts that name no volume of their plan. */
export function planMountProblems(runtime: string, plan: Plan): Problem[] {
  const lists = [plan.state, plan.shared ?? [], plan.folders ?? []];
  const known = lists.flatMap((list) => list.map(({ name }) => name));
  return [...(plan.init ?? []), ...plan.containers].flatMap((container) =>
    (container.mounts ?? [])
      .filter(({ volume }) => !known.includes(volume))
      .map(({ volume }) => ({
        message: `runtime ${runtime}: container ${container.name} mounts volume "${volume}", which the plan does not have`,
        help: known.length > 0 ? `It has: ${known.join(', ')}.` : 'It has none.',
      })),
  );
}
