import { sha256 } from '../checksum.ts';
import type { SecretBackend } from './backend.ts';
import { parseSealedSecret, sealedSecretProblems } from './sealed-secret-file.ts';
import { type SealingScope, scopeAnnotations } from './sealing-scope.ts';
import type { PlacedSecret } from './secret.ts';
import { secretsCommand, valueCommands } from './secrets-command.ts';
import type { CiphertextStore } from './store.ts';

/**
 * Sealed Secrets (0.38): `clusters/<cluster>/secrets/<namespace>/<name>.yaml` holds a SealedSecret as kubeseal writes it,
 * which the controller in the cluster opens. What goes into `dist` is made anew from the sealed values, the name and the
 * scope alone, so that nothing else in a file travels.
 *
 * @param options.certificate the controller's public certificate (`chitin secrets cert pull`), committed; its path relative to
 *   the cluster's folder: './sealed-secrets.pem'
 * @param options.scope where values can be opened; one for all of the cluster. A wider one lets whoever may create objects
 *   there copy a value and read it. @default 'strict', under its own name alone
 */
export function sealedSecrets(options: { readonly certificate: string; readonly scope?: SealingScope }): SecretBackend {
  const scope = options.scope ?? 'strict';
  return {
    name: 'sealedSecrets',
    recipients: [],
    keeping: { kind: 'sealedSecrets', certificate: options.certificate, scope },
    render: (secret, files) => render(secret, files, scope),
  };
}

function render(
  secret: PlacedSecret,
  files: CiphertextStore,
  scope: SealingScope,
): ReturnType<SecretBackend['render']> {
  const { namespace, secretName: name, keys, generated, type } = secret;
  const path = files.path(namespace, name);
  const text = files.read(namespace, name);
  if (text === undefined) {
    const list = Object.entries(keys).map(([key, what]) => `${key} (${what})`);
    return {
      objects: [],
      findings: [],
      problems: [
        {
          message: `secret ${namespace}/${name}: there is no ${path}`,
          why: `It needs ${list.join(', ')}.`,
          help: `Give it its values: ${valueCommands(path, Object.keys(keys), generated)}`,
        },
      ],
    };
  }
  const file = parseSealedSecret(text);
  if (!file) {
    const problem = {
      message: `${path}: not a SealedSecret in YAML`,
      help: `It must hold one bitnami.com/v1alpha1 SealedSecret. Remove it, and give its values again: ${valueCommands(path, Object.keys(keys), generated)}. If a readable value was ever committed in it, replace the value: it is public.`,
    };
    return { objects: [], findings: [], problems: [problem] };
  }
  const problems = sealedSecretProblems(path, text, file, secret, scope);
  const sealed = file.spec.encryptedData ?? {};
  for (const [key, what] of Object.entries(keys)) {
    if (Object.hasOwn(sealed, key)) continue;
    problems.push({
      message: `${path}: key "${key}" is missing (${what})`,
      help: `Give it a value: ${valueCommands(path, [key], generated)}`,
    });
  }
  for (const key of Object.keys(sealed)) {
    if (Object.hasOwn(keys, key)) continue;
    problems.push({
      message: `${path}: key "${key}" is needed by nothing`,
      help: `Remove it: ${secretsCommand('remove', path, key)}`,
    });
  }
  if (problems.length > 0) return { objects: [], findings: [], problems };
  const sorted = Object.entries(sealed).sort(([a], [b]) => (a < b ? -1 : 1));
  const metadata = { name, namespace, ...(scope === 'strict' ? {} : { annotations: scopeAnnotations(scope) }) };
  const props = {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata,
    spec: {
      encryptedData: Object.fromEntries(sorted),
      template: { ...(type === undefined ? {} : { type }), metadata: structuredClone(metadata) },
    },
  };
  return { objects: [{ props }], checksum: sha256(JSON.stringify(sorted)), findings: [], problems: [] };
}
