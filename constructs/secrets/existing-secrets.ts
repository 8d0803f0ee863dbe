import type { SecretBackend } from './backend.ts';
import type { PlacedSecret } from './secret.ts';
import type { CiphertextStore } from './store.ts';

/** Secrets that somebody or something else makes in the cluster. No file holds them, and each is a finding that says so. */
export function existing(): SecretBackend {
  return { name: 'existing', recipients: [], keeping: { kind: 'existing' }, render };
}

function render(
  { namespace, secretName: name, keys, type }: PlacedSecret,
  files: CiphertextStore,
): ReturnType<SecretBackend['render']> {
  if (files.read(namespace, name) !== undefined) {
    const problem = {
      message: `${files.path(namespace, name)}: nothing reads it`,
      why: "The cluster's backend is existing(): its Secrets are made by hand, and it reads no file.",
      help: 'Remove the file, or give the cluster the secret backend that opens it.',
    };
    return { objects: [], findings: [], problems: [problem] };
  }
  const needed = Object.entries(keys).map(([key, what]) => `${key} (${what})`);
  const options = [
    ...(type === undefined ? [] : [`--type=${type}`]),
    ...Object.keys(keys).map((key) => `--from-file=${key}=${key}`),
  ];
  return {
    objects: [],
    findings: [
      {
        rule: 'secret-by-hand',
        message: `secret ${namespace}/${name} is in no file of the repository`,
        why: `It needs ${needed.join(', ')}. Until somebody makes it in the cluster, and in every new one, the pods that read it do not start.`,
        help: `Put each value into a file of the key's name first, without a newline at its end; a value on the command line stays in the shell's history: kubectl create secret generic ${name} -n ${namespace} ${options.join(' ')}`,
      },
    ],
    problems: [],
  };
}
