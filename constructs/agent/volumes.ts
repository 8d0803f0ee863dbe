import { basename } from 'node:path/posix';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import type { Loose } from '../manifest.ts';
import type { Cause, Reason } from '../reason.ts';
import { quantity } from './container.ts';
import type { ConfigFile, ContainerPlan } from './plan.ts';

/** The volumes of a pod, in the order in which they were asked for. Two of one name stay two, for the rules to find. */
export class PodVolumes {
  private readonly volumes = new Map<string, Loose<IVolume>>();
  /** Why each is there. */
  readonly reasons: Reason[] = [];

  /** Adds a volume; exactly the same again is the same volume. */
  add(volume: Loose<IVolume>, ...causes: readonly Cause[]): void {
    const what = `volume ${volume.name}`;
    for (const cause of causes) this.reasons.push({ what, ...cause });
    const text = JSON.stringify(volume);
    if (!this.volumes.has(text)) this.volumes.set(text, volume);
  }

  /** A container's scratch folders, as emptyDirs of its own. */
  scratch(plan: ContainerPlan, part: string): Loose<IVolumeMount>[] {
    return plan.scratch.map(({ path, size, memory }) => {
      const name = `${plan.name}-${path
        .replace(/[^a-z0-9]+/gi, '-')
        .replace(/^-|-$/g, '')
        .toLowerCase()}`;
      const emptyDir = { ...(memory ? { medium: 'Memory' } : {}), sizeLimit: quantity(size) };
      this.add({ name, emptyDir }, { because: `${part} writes to ${path}` });
      return { name, mountPath: path };
    });
  }

  /** A container's Secrets, without the keys that it does not read. */
  secrets(plan: ContainerPlan, part: string): Loose<IVolumeMount>[] {
    return (plan.secretFolders ?? []).map(({ secret, keys, path }) => {
      const name = `secret-${basename(path)}`;
      const items = keys.map((key) => ({ key, path: key }));
      this.add({ name, secret: { secretName: secret, defaultMode: 0o440, items } }, { because: `secrets of ${part}` });
      return { name, mountPath: path, readOnly: true };
    });
  }

  /** Files of one ConfigMap, each at its own path. */
  files(files: readonly ConfigFile[], configMap: string, part: string): Loose<IVolumeMount>[] {
    if (files.length === 0) return [];
    this.add({ name: configMap, configMap: { name: configMap } }, { because: `files of ${part}` });
    return files.map(({ path }) => ({ name: configMap, mountPath: path, subPath: basename(path), readOnly: true }));
  }

  list(): Loose<IVolume>[] {
    return [...this.volumes.values()];
  }
}
