import type { AdmissionPolicy } from './admission-policy.ts';
import { noAutomountedToken } from './no-automounted-token.ts';
import { readOnlyRootFilesystem } from './read-only-root-filesystem.ts';
import { statedResources } from './stated-resources.ts';
import { versionedImages } from './versioned-images.ts';
import { volumeKinds } from './volume-kinds.ts';

export type { AdmissionPolicy, AdmissionValidation } from './admission-policy.ts';
export type { ImageVerification, SignedRepository } from './image-verification.ts';
export { type KyvernoOptions, kyverno } from './kyverno.ts';
export { type VolumeKind, volumeKinds } from './volume-kinds.ts';
export { noAutomountedToken, readOnlyRootFilesystem, statedResources, versionedImages };

/** Every policy of the library: what a cluster has unless it says otherwise. The pods that the library makes meet them all. */
export const admissionPolicies: readonly AdmissionPolicy[] = [
  readOnlyRootFilesystem,
  versionedImages,
  noAutomountedToken,
  statedResources,
  volumeKinds(),
];
