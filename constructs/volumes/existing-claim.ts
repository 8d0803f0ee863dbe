import type { AgentVolume } from './volume.ts';

/**
 * A PersistentVolumeClaim of the app's namespace that something else makes.
 *
 * @param claim its name
 */
export function existingClaim(
  claim: string,
  options: {
    readonly mountPath: `/${string}`;
    /** @default true */
    readonly readOnly?: boolean;
    /** Folder or file of the volume. @default the whole volume */
    readonly subPath?: string;
  },
): AgentVolume {
  return {
    name: claim,
    mountPath: options.mountPath,
    readOnly: options.readOnly ?? true,
    subPath: options.subPath,
    source: () => ({ persistentVolumeClaim: { claimName: claim } }),
    objects: () => [],
    existing: ({ namespace }) => [{ kind: 'PersistentVolumeClaim', namespace, name: claim }],
    problems: [],
  };
}
