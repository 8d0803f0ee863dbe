import type { Problem } from '../problem.ts';
import type { PlacedSecret } from './secret.ts';

/**
 * Types of Secrets of which Kubernetes checks the keys (`ValidateSecret` in `pkg/apis/core/validation/validation.go`, 1.36).
 * A Secret's type cannot be changed later.
 */
export type SecretType = 'kubernetes.io/dockerconfigjson' | 'kubernetes.io/ssh-auth' | 'kubernetes.io/tls';

const prescribed: Readonly<Record<SecretType, readonly string[]>> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** That a Secret lacks keys without which Kubernetes refuses its type. */
export function secretTypeProblems({ namespace, secretName, type, keys }: PlacedSecret): Problem[] {
  const missing = type === undefined ? [] : prescribed[type].filter((key) => !Object.hasOwn(keys, key));
  if (missing.length === 0) return [];
  return [
    {
      message: `secret ${namespace}/${secretName} is of type ${type}, and lacks ${missing.join(', ')}`,
      why: 'Kubernetes refuses a Secret of this type without them.',
      help: 'Name these keys in the need, or leave its type out.',
    },
  ];
}
