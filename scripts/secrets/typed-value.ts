import { UsageError } from '../usage-error.ts';

/**
 * Refuses what the API server would refuse once it is decrypted, where nobody is there to see it (`ValidateSecret` in
 * `pkg/apis/core/validation/validation.go`, Kubernetes 1.36): of registry credentials that are no JSON.
 */
export function requireTypedValue(
  { type }: { readonly type?: string | undefined },
  key: string,
  value: Uint8Array,
): void {
  if (type !== 'kubernetes.io/dockerconfigjson' || key !== '.dockerconfigjson') return;
  try {
    JSON.parse(Buffer.from(value).toString());
  } catch {
    // The parser's message would quote the value.
    throw new UsageError(
      'the value is not JSON as in ~/.docker/config.json, and Kubernetes refuses a pull secret without; nothing was changed',
    );
  }
}
