import { load } from 'js-yaml';
import type { SealingScope } from '../../../../constructs/secrets/sealing-scope.ts';
import type { Change, SecretPlace, Values } from '../../keeper.ts';
import { type SealedKeeper, sealedKeeper } from '../keeper.ts';
import { testKey } from './certificate.ts';

/** The controller's key. */
export const key = testKey();
export const place: SecretPlace = {
  namespace: 'demo',
  name: 'agent-token',
  path: 'clusters/test/secrets/demo/agent-token.yaml',
};
export const [certificatePath, recordPath] = ['clusters/test/sealed-secrets.pem', 'clusters/test/sealed-values.jsonl'];

/** A keeper of cluster `test` on the first day of October 2026. */
export function keeper(
  options: {
    readonly pem?: string | undefined;
    readonly record?: string | undefined;
    readonly scope?: SealingScope;
  } = {},
): SealedKeeper {
  return sealedKeeper({
    cluster: 'test',
    scope: options.scope ?? 'strict',
    certificate: { path: certificatePath, text: 'pem' in options ? options.pem : key.pem },
    record: { path: recordPath, text: options.record },
    now: new Date('2026-10-01T00:00:00Z'),
  });
}

export function values(texts: Readonly<Record<string, string | Uint8Array>>): Values {
  return new Map(Object.entries(texts).map(([name, value]) => [name, Buffer.from(value)]));
}

/** The record that a change wrote. */
export function recordOf(change: Change): string {
  return change.beside?.find(({ path }) => path === recordPath)?.text ?? '';
}

/** `spec.encryptedData` of a file. */
export function sealedData(text: string): Readonly<Record<string, string>> {
  return (load(text) as { spec: { encryptedData: Record<string, string> } }).spec.encryptedData;
}
