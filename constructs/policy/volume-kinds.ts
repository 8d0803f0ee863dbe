import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { AdmissionPolicy } from './admission-policy.ts';

/** A kind of volume: the field of a volume that says what it is. */
export type VolumeKind = Exclude<keyof IVolume, 'name'>;

/** What the pods of this library are made with. */
const ours: readonly VolumeKind[] = ['configMap', 'secret', 'emptyDir', 'projected', 'persistentVolumeClaim', 'image'];

/**
 * Nothing of the node, and nothing that comes by another way than a claim. It lists what is allowed, so that a kind that
 * Kubernetes adds later is refused until somebody says otherwise.
 */
export function volumeKinds(options: { readonly also?: readonly VolumeKind[] } = {}): AdmissionPolicy {
  const kinds = [...new Set([...ours, ...(options.also ?? [])])];
  const list = kinds.join(', ');
  return {
    name: 'volume-kinds',
    demands: `Volumes are of these kinds: ${list}.`,
    variables: {
      others:
        `variables.podSpec.?volumes.orValue([]).filter(v, !v.all(field, field in ['name', ${kinds.map((kind) => `'${kind}'`).join(', ')}]))` +
        '.map(v, v.name)',
    },
    validations: [
      {
        expression: 'variables.others.size() == 0',
        messageExpression: `'volumes of a kind that is not allowed here: ' + variables.others.join(', ') + '. Use one of ${list}.'`,
        message: `a volume is of a kind that is not allowed here. Use one of ${list}.`,
      },
    ],
  };
}
