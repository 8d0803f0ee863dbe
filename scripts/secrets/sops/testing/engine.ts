import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { embeddedEngine } from '../embedded.ts';
import type { SopsEngine } from '../engine.ts';

/** A key pair that exists for one run of the tests. */
export interface KeyPair {
  readonly identity: string;
  readonly recipient: string;
}

export async function keyPair(): Promise<KeyPair> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** The embedded implementation with these private keys at hand, at noon. */
export function engineWith(...pairs: readonly KeyPair[]): SopsEngine {
  const keys = pairs.map(({ identity }) => identity);
  return embeddedEngine({
    identities: () => ({ keys, inFiles: false }),
    now: () => new Date('2026-01-02T12:00:00.987Z'),
  });
}

export const place = { namespace: 'demo', name: 'claw', path: 'clusters/lab/secrets/demo/claw.yaml' };

export function bytesOf(values: Readonly<Record<string, string | Uint8Array>>): Map<string, Uint8Array> {
  return new Map(
    Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? Buffer.from(value) : value]),
  );
}

/** Values as text, which shows in a test's report. */
export function texts(values: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...values].map(([key, bytes]) => [key, Buffer.from(bytes).toString('latin1')]));
}

/** Text of a file with what is random masked. */
export function masked(text: string): string {
  return text
    .replace(/data:[^,\]]+,iv:[A-Za-z0-9+/]{43}=,tag:[A-Za-z0-9+/]{22}==/g, '…')
    .replace(/( +)(?:[A-Za-z0-9+/]{64}\n +)+[A-Za-z0-9+/=]+\n/g, '$1…\n');
}

/** The error that a promise ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { readonly kind?: string }> {
  return await promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error) => error,
  );
}
