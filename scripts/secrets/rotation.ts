import type { SecretKeeping } from '../../constructs/secrets/backend.ts';
import { writeAll } from './change-secret.ts';
import { type ClusterSecrets, placeOf } from './cluster-secrets.ts';
import { type FileChange, readFile } from './files.ts';
import type { SecretPlace } from './keeper.ts';
import { sealedKeeperOf, sopsEngineHere } from './keepers.ts';
import type { ControllerAddress } from './sealed/controller.ts';
import { reencryptionWarning } from './sealed/rotate.ts';
import { count } from './table.ts';

/** Encrypts every file to the recipients that the cluster's source names. @returns what was done, for people */
export async function rotateSops(
  cluster: ClusterSecrets,
  recipients: readonly string[],
  dryRun: boolean,
): Promise<string[]> {
  const engine = await sopsEngineHere();
  const files: FileChange[] = [];
  const lines: string[] = [];
  const warnings = new Set<string>();
  for (const { place, text: before } of filesOf(cluster)) {
    const { text, added, removed, warning } = await engine.updateRecipients(
      { path: place.path, text: before },
      recipients,
    );
    files.push({ path: place.path, text, before });
    const changes = [...added.map((recipient) => `+ ${recipient}`), ...removed.map((recipient) => `- ${recipient}`)];
    if (changes.length > 0) lines.push(`${place.path}: ${changes.join(', ')}`);
    if (warning)
      warnings.add([warning.message, warning.why, warning.help].filter((part) => part !== undefined).join('\n'));
  }
  const written = await writeAll(cluster, files, dryRun);
  const others = written.filter((path) => !files.some((file) => file.path === path));
  const summary = `${count(lines.length, 'file')} ${dryRun ? 'would be ' : ''}encrypted to other recipients, ${files.length - lines.length} had them`;
  return [...lines, ...others.map((path) => `with it: ${path}`), summary, ...warnings];
}

/**
 * Says which values have to be given again, or has the controller encrypt them again.
 *
 * @param address where the controller is; undefined when it is not to be asked
 * @returns what was found or done, for people, and how many values are left
 */
export async function rotateSealed(
  cluster: ClusterSecrets,
  keeping: Extract<SecretKeeping, { kind: 'sealedSecrets' }>,
  address: ControllerAddress | undefined,
  dryRun: boolean,
): Promise<{ readonly lines: readonly string[]; readonly left: number }> {
  const keeper = sealedKeeperOf(cluster, keeping);
  const files = filesOf(cluster);
  const old = keeper.old(files);
  if (old.length === 0) return { lines: ['every value is recorded as sealed for the pinned certificate'], left: 0 };
  if (!address) {
    const lines = old.map(
      ({ place: { namespace, name }, key, sealedFor }) =>
        `chitin secrets set ${cluster.name} ${namespace}/${name} ${key}  # ${sealedFor === undefined ? 'no record says for which key it was sealed' : `sealed for key ${sealedFor.slice(0, 16)}`}`,
    );
    const summary = `${count(old.length, 'value')} to be given again, or encrypted again by the controller that has the old key: --reencrypt`;
    return { lines: [...lines, summary], left: old.length };
  }
  const stale = files.filter(({ place }) => old.some((value) => value.place.path === place.path));
  if (dryRun) return { lines: stale.map(({ place }) => `${place.path}: would be encrypted again`), left: 0 };
  const { liveController } = await import('./sealed/controller.ts');
  const controller = await liveController(address);
  const changes = new Map<string, FileChange>();
  for (const { place, text } of stale) {
    const change = await keeper.reencrypt(place, text, controller);
    changes.set(place.path, { path: place.path, text: change.text, before: text });
    for (const file of change.beside ?? [])
      changes.set(file.path, { ...file, before: readFile(cluster.repository, file.path) });
  }
  await writeAll(cluster, [...changes.values()], false);
  return { lines: [...stale.map(({ place }) => `${place.path}: encrypted again`), reencryptionWarning], left: 0 };
}

function filesOf(cluster: ClusterSecrets): { readonly place: SecretPlace; readonly text: string }[] {
  return cluster.files.list().map((secret) => ({
    place: placeOf(cluster, secret),
    text: cluster.files.read(secret.namespace, secret.name) ?? '',
  }));
}
