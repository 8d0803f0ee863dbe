export { existingClaim } from './existing-claim.ts';
export { nfs } from './nfs.ts';
export type { AgentVolume, VolumeOwner } from './volume.ts';
