import { basename } from 'node:path/posix';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import type { Loose } from '../manifest.ts';
import { quantity } from './container.ts';
import type { ConfigFile, ContainerPlan } from './plan.ts';

/** The volumes of a pod, each once, in the order in which they were asked for. */
export class PodVolumes {
  private readonly volumes = new Map<string, Loose<IVolume>>();

  /** Adds a volume; the same name again is the same volume. */
  add(volume: Loose<IVolume>): void {
    this.volumes.set(volume.name, volume);
  }

  /** A container's scratch folders, as emptyDirs of its own. */
  scratch(plan: ContainerPlan): Loose<IVolumeMount>[] {
    return plan.scratch.map(({ path, size, memory }) => {
      const name = `${plan.name}-${path
        .replace(/[^a-z0-9]+/gi, '-')
        .replace(/^-|-$/g, '')
        .toLowerCase()}`.slice(0, 63);
      this.add({ name, emptyDir: { ...(memory ? { medium: 'Memory' } : {}), sizeLimit: quantity(size) } });
      return { name, mountPath: path };
    });
  }

  /** Files of one ConfigMap, each at its own path. */
  files(files: readonly ConfigFile[], configMap: string): Loose<IVolumeMount>[] {
    if (files.length === 0) return [];
    this.add({ name: configMap, configMap: { name: configMap } });
    return files.map(({ path }) => ({ name: configMap, mountPath: path, subPath: basename(path), readOnly: true }));
  }

  list(): Loose<IVolume>[] {
    return [...this.volumes.values()];
  }
}
