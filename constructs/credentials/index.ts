import type { Problem } from '../problem.ts';
import type { SecretType } from '../secrets/secret-type.ts';
import type { Credential } from './credential.ts';

export type { Credential };

const root = '/var/run/secrets/chitin';

/**
 * A kubeconfig for other clusters. The agent can do what its user may do there. `REMOTE_KUBECONFIG` says where it is, for
 * `kubectl --kubeconfig`; without that, kubectl acts with the agent's own grants.
 *
 * @param options.asDefault make it what kubectl uses by itself (`KUBECONFIG`), for an agent without grants
 */
export function kubeconfig(options: { readonly asDefault?: boolean } = {}): Credential {
  const folder = `${root}/kubeconfig`;
  return {
    need: { name: 'kubeconfig', keys: { config: 'kubeconfig of the clusters that the agent looks at' } },
    folder,
    env: { [options.asDefault ? 'KUBECONFIG' : 'REMOTE_KUBECONFIG']: `${folder}/config` },
    findings: [],
    problems: () => [],
  };
}

/** Credentials for container registries; `docker`, `crane`, `skopeo` and Renovate find them by `DOCKER_CONFIG`. */
export function registryAuth(): Credential {
  const folder = `${root}/registry`;
  return {
    need: { name: 'registry', keys: { 'config.json': 'registry credentials as in ~/.docker/config.json' } },
    folder,
    env: { DOCKER_CONFIG: folder },
    findings: [],
    problems: () => [],
  };
}

/** Any other secret files. */
export function credential(options: {
  /** Suffix of the Secret's name. */
  readonly name: string;
  /** File name and what it holds, in words. */
  readonly files: Readonly<Record<string, string>>;
  /** Type of the Secret, where something else reads it too: `kubernetes.io/ssh-auth`. @default Opaque */
  readonly type?: SecretType;
  /** @default none */
  readonly env?: (folder: string) => Readonly<Record<string, string>>;
}): Credential {
  const folder = `${root}/${options.name}`;
  return {
    need: { name: options.name, keys: options.files, type: options.type },
    folder,
    env: options.env?.(folder) ?? {},
    findings: [],
    problems: () => [],
  };
}

/**
 * An age key of the agent's own, with which it can open what was encrypted to `recipient`. A prompt that takes over the
 * agent has it too, so it must never be a key that the GitOps engine decrypts with: that would be every secret of the repository.
 */
export function ageKey(options: {
  /** The public half of the key. */
  readonly recipient: `age1${string}`;
  /** Why an agent should hold a decryption key. */
  readonly because: string;
}): Credential {
  const folder = `${root}/age`;
  return {
    need: {
      name: 'age',
      keys: { 'age.agekey': `age key of ${options.recipient}` },
      generated: { 'age.agekey': { type: 'age' } },
    },
    folder,
    env: { SOPS_AGE_KEY_FILE: `${folder}/age.agekey` },
    findings: [
      {
        rule: 'age-key-in-pod',
        message: `the pod holds an age key: ${options.because}`,
        why: 'Whoever takes over the agent can open everything that was encrypted to it.',
      },
    ],
    problems: (cluster) => {
      const problems: Problem[] = [];
      if (options.because.trim() === '') {
        problems.push({
          message: 'ageKey(): `because` is empty',
          why: 'Whoever takes over the agent can open everything that was encrypted to this key.',
          help: 'Say why the agent has to hold it.',
        });
      }
      if (cluster.secrets.recipients.includes(options.recipient)) {
        problems.push({
          message: `ageKey(): ${options.recipient} opens the secrets of cluster ${cluster.name}`,
          why: 'Whoever takes over the agent could read every secret in the repository.',
          help: 'Make a key of its own for the agent, and encrypt to it only what the agent should open.',
        });
      }
      return problems;
    },
  };
}
