import { ApiObject, JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import type { IVolumeMount } from 'kubernetes-models/v1/VolumeMount';
import { declareExisting } from '../existing.ts';
import { type Loose, objectLabels } from '../manifest.ts';
import { report } from '../problem.ts';
import { recordReasons } from '../reason.ts';
import type { AgentVolume, VolumeOwner } from '../volumes/volume.ts';
import type { PodVolumes } from './volumes.ts';
import type { WiredAgent } from './wire.ts';

const cause = { because: 'option volumes' };

/** Mounts of the volumes that the author gave, which come into the pod with them. */
export function extraMounts(agent: WiredAgent, volumes: PodVolumes): Loose<IVolumeMount>[] {
  return (agent.props.volumes ?? []).map((given) => {
    const { mountPath } = given;
    if ('volume' in given) {
      volumes.add(given.volume, cause);
      return { name: given.volume.name, mountPath, readOnly: given.readOnly ?? true };
    }
    volumes.add({ name: given.name, ...given.source(ownerOf(agent)) }, cause);
    return { name: given.name, mountPath, subPath: given.subPath, readOnly: given.readOnly };
  });
}

/** Makes the objects that the author's volumes take. */
export function makeVolumes(scope: Construct, agent: WiredAgent): void {
  const owner = ownerOf(agent);
  for (const volume of (agent.props.volumes ?? []).filter((given): given is AgentVolume => 'source' in given)) {
    report(scope, ...volume.problems);
    for (const object of volume.existing(owner)) declareExisting(scope, object);
    for (const object of volume.objects(owner)) {
      const made = new ApiObject(scope, `${object.kind}-${volume.name}`, object);
      // cdk8s gives every object of a chart the chart's namespace, cluster-wide kinds too.
      if (object.kind === 'PersistentVolume') made.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
      const purpose = `volume ${volume.name} of agent ${agent.name}`;
      recordReasons(made, () => ({ purpose, parts: [{ what: `volume ${volume.name}`, ...cause }] }));
    }
  }
}

function ownerOf({ name, app, namespace, cluster }: WiredAgent): VolumeOwner {
  const kept = cluster.gitops.annotations('protected');
  return { agent: name, namespace, labels: objectLabels(app, name), kept };
}
