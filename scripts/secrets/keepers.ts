import { accessSync, constants } from 'node:fs';
import { delimiter, join, posix } from 'node:path';
import type { SecretKeeping } from '../../constructs/secrets/backend.ts';
import type { ClusterSecrets } from './cluster-secrets.ts';
import { readFile } from './files.ts';
import type { Keeper } from './keeper.ts';
import { parseCertificate } from './sealed/certificate.ts';
import { type SealedKeeper, sealedKeeper } from './sealed/keeper.ts';
import { recordFile } from './sealed/sealing.ts';
import type { SopsEngine } from './sops/engine.ts';
import { inspectSops } from './sops/inspect.ts';

/** A cluster's keeper, and what a person should know of it. */
export interface Kept {
  /** Undefined where the backend keeps no files. */
  readonly keeper: Keeper | undefined;
  /** Public facts, such as when the certificate expires. */
  readonly facts: readonly string[];
}

type Sealed = Extract<SecretKeeping, { kind: 'sealedSecrets' }>;

/** The keeper that a cluster's backend asks for. */
export function keeperOf(cluster: ClusterSecrets): Kept {
  const { keeping } = cluster;
  switch (keeping?.kind) {
    case 'sops': {
      const { recipients } = keeping;
      const facts = [recipients.length === 1 ? '1 recipient' : `${recipients.length} recipients`];
      return { keeper: sopsKeeperOf(recipients), facts };
    }
    case 'sealedSecrets': {
      const { path, text } = certificateFile(cluster, keeping);
      const { certificate } = text === undefined ? {} : parseCertificate(path, text);
      const facts = certificate ? [`certificate expires ${certificate.notAfter.toISOString().slice(0, 10)}`] : [];
      return { keeper: sealedKeeperOf(cluster, keeping), facts };
    }
    default:
      return { keeper: undefined, facts: [] };
  }
}

/** Encryption is loaded when something is to be encrypted, since looking at files needs none of it. */
function sopsKeeperOf(recipients: readonly string[]): Keeper {
  return {
    inspect: (place, text, keys) => inspectSops(place, text, keys, recipients),
    change: async (...change) => {
      const { sopsKeeper } = await import('./sops/sops-keeper.ts');
      return await sopsKeeper(recipients, await sopsEngineHere()).change(...change);
    },
  };
}

/** The sops that this machine has, or ours. Private keys are looked for when a file has to be opened, and not before. */
export async function sopsEngineHere(): Promise<SopsEngine> {
  const { sopsEngine } = await import('./sops/choose-engine.ts');
  const { findIdentities } = await import('./sops/identities.ts');
  return sopsEngine({ identities: () => findIdentities(), now: () => new Date() }, process.env, onPath);
}

/** The pinned certificate of a cluster; its path is relative to the repository. */
export function certificateFile(
  { name, repository }: ClusterSecrets,
  { certificate }: Sealed,
): { readonly path: string; readonly text: string | undefined } {
  const path = posix.join('clusters', name, certificate);
  return { path, text: readFile(repository, path) };
}

export function sealedKeeperOf(cluster: ClusterSecrets, keeping: Sealed): SealedKeeper {
  const record = `clusters/${cluster.name}/${recordFile}`;
  return sealedKeeper({
    cluster: cluster.name,
    scope: keeping.scope,
    certificate: certificateFile(cluster, keeping),
    record: { path: record, text: readFile(cluster.repository, record) },
    now: new Date(),
  });
}

function onPath(program: string): boolean {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => names.some((name) => isProgram(join(folder, name))));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
