import type { MatrixClient } from 'matrix-js-sdk';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import type { Config } from './config.ts';
import { readSecret } from './secrets.ts';

export type MatrixConfig = NonNullable<Config['channels']['matrix']>;

/** The agent's device, with its keys. */
export interface MatrixSession {
  readonly client: MatrixClient;
  readonly crypto: CryptoBackend;
  readonly user: string;
}

/** What another try cannot mend: a wrong password, a device whose keys are lost. */
export class MatrixRefusal extends Error {
  override readonly name = 'MatrixRefusal';
}

/** The key of the account's secret storage, when the configuration names one. */
export async function recoveryKey({ recoveryKey }: MatrixConfig): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (recoveryKey === undefined) return undefined;
  const { decodeRecoveryKey } = await import('matrix-js-sdk/lib/crypto-api/index.js');
  try {
    return decodeRecoveryKey(readSecret(recoveryKey));
  } catch {
    throw new MatrixRefusal('the recovery key is not one');
  }
}
