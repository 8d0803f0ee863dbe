import type { ApiObjectProps } from 'cdk8s';
import { sha256 } from '../checksum.ts';
import type { SecretBackend } from './backend.ts';
import type { PlacedSecret } from './secret.ts';
import { valueCommands } from './secrets-command.ts';
import { notASecret, parseSopsFile, sopsFileProblems } from './sops-file.ts';
import type { CiphertextStore } from './store.ts';

/**
 * SOPS with age: `clusters/<cluster>/secrets/<namespace>/<name>.yaml` holds a Secret whose values are encrypted, and goes
 * into `dist` byte for byte, since an added label or another order of keys breaks its MAC.
 *
 * @param options.recipients public age keys that open the cluster's secrets
 */
export function sops(options: {
  readonly recipients: readonly [`age1${string}`, ...`age1${string}`[]];
}): SecretBackend {
  return {
    name: 'sops',
    recipients: options.recipients,
    decryptedByEngine: true,
    keeping: { kind: 'sops', recipients: options.recipients },
    render: (secret, files) => render(secret, files, options.recipients),
  };
}

function render(
  secret: PlacedSecret,
  files: CiphertextStore,
  recipients: readonly string[],
): ReturnType<SecretBackend['render']> {
  const { namespace, secretName, keys, generated } = secret;
  const path = files.path(namespace, secretName);
  const text = files.read(namespace, secretName);
  const list = Object.entries(keys).map(([key, what]) => `${key} (${what})`);
  if (text === undefined) {
    return {
      objects: [],
      findings: [],
      problems: [
        {
          message: `secret ${namespace}/${secretName}: there is no ${path}`,
          why: `It needs ${list.join(', ')}.`,
          help: `Give it its values: ${valueCommands(path, Object.keys(keys), generated)}`,
        },
      ],
    };
  }
  const object = parseSopsFile(text);
  const problems = object
    ? sopsFileProblems(path, text, object, secret, recipients).map(({ problem }) => problem)
    : [notASecret(path)];
  if (!object || problems.length > 0) return { objects: [], findings: [], problems };
  const { data, stringData } = object;
  const checksum = sha256(JSON.stringify([data, stringData]));
  return { objects: [{ props: object as unknown as ApiObjectProps, text }], checksum, findings: [], problems: [] };
}
