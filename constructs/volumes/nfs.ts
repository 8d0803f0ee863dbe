import { type ApiObjectProps, Size } from 'cdk8s';
import type { IPersistentVolume } from 'kubernetes-models/v1/PersistentVolume';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { quantity } from '../agent/container.ts';
import type { Loose } from '../manifest.ts';
import type { AgentVolume, VolumeOwner } from './volume.ts';

/**
 * A folder of an NFS server: a PersistentVolume and a claim bound to it, since Pod Security `restricted` refuses a pod that
 * names an NFS server itself. The node mounts it, so the agent's fence needs no flow to the server.
 *
 * @param name a DNS label
 */
export function nfs(
  name: string,
  options: {
    /** Host name or address, as the node resolves it. */
    readonly server: string;
    /** Folder that the server exports. */
    readonly path: `/${string}`;
    readonly mountPath: `/${string}`;
    /** @default true */
    readonly readOnly?: boolean;
    /** What the volume is said to hold; NFS does not enforce it. @default 1 GiB */
    readonly size?: Size;
    /** @default the server's and the node's own choice, with a hard mount */
    readonly mountOptions?: readonly string[];
  },
): AgentVolume {
  const readOnly = options.readOnly ?? true;
  return {
    name,
    mountPath: options.mountPath,
    readOnly,
    source: ({ agent }) => ({ persistentVolumeClaim: { claimName: `${agent}-${name}` } }),
    objects: (owner) => objects(name, options, readOnly, owner),
    existing: () => [],
    problems: isServer(options.server)
      ? []
      : [
          {
            message: `volume ${name}: "${options.server}" is not a host name or an address`,
            help: 'Give the name or address alone, without path, scheme or port.',
          },
        ],
  };
}

function objects(
  name: string,
  { server, path, size, mountOptions }: Parameters<typeof nfs>[1],
  readOnly: boolean,
  { agent, namespace, labels, kept }: VolumeOwner,
): ApiObjectProps[] {
  const claim = { name: `${agent}-${name}`, namespace };
  const modes = [readOnly ? 'ReadOnlyMany' : 'ReadWriteMany'] as const;
  const capacity = { storage: quantity(size ?? Size.gibibytes(1)) };
  const volume: Loose<IPersistentVolume> = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `${namespace}-${claim.name}`, labels, annotations: { ...kept } },
    spec: {
      capacity,
      accessModes: modes,
      // The empty class keeps provisioners away.
      storageClassName: '',
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: claim,
      mountOptions,
      nfs: { server, path, readOnly },
    },
  };
  const bound: Loose<IPersistentVolumeClaim> = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...claim, labels, annotations: { ...kept } },
    spec: {
      accessModes: modes,
      storageClassName: '',
      volumeName: `${namespace}-${claim.name}`,
      resources: { requests: capacity },
    },
  };
  return [volume, bound] as ApiObjectProps[];
}

function isServer(text: string): boolean {
  return /^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/.test(text) || /^[0-9a-fA-F:]+$/.test(text);
}
