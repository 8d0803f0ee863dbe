import type { ApiObjectProps } from 'cdk8s';
import type { IVolume } from 'kubernetes-models/v1/Volume';
import type { ExistingObject } from '../existing.ts';
import type { Loose } from '../manifest.ts';
import type { Problem } from '../problem.ts';

/** The agent that a volume is for. */
export interface VolumeOwner {
  readonly agent: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of objects that must survive the removal of their files. */
  readonly kept: Readonly<Record<string, string>>;
}

/** A volume for an agent's program, with the objects that it takes. */
export interface AgentVolume {
  /** A DNS label, and the suffix of the objects' names: agent `claw` and volume `media` make `claw-media`. */
  readonly name: string;
  /** Absolute path in the program's container. */
  readonly mountPath: string;
  readonly readOnly: boolean;
  /** Folder or file of the volume that is mounted. @default the whole volume */
  readonly subPath?: string | undefined;
  /** What the pod refers to. */
  source(owner: VolumeOwner): Loose<Omit<IVolume, 'name'>>;
  /** Objects that make it; none for one that is there already. */
  objects(owner: VolumeOwner): readonly ApiObjectProps[];
  /** Objects that something else makes. */
  existing(owner: VolumeOwner): readonly ExistingObject[];
  readonly problems: readonly Problem[];
}
