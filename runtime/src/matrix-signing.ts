import type { Logger } from './log.ts';
import { type MatrixConfig, MatrixRefusal, type MatrixSession, recoveryKey } from './matrix-account.ts';
import { readSecret } from './secrets.ts';

/**
 * Signs the device with the account's cross-signing identity, and makes the identity when the account has none: others
 * share their keys with signed devices only. With a recovery key the identity is kept in the account's secret storage, so
 * that a new device after a lost volume has the same one. Every step may be interrupted; the next start goes on.
 */
export async function signDevice(session: MatrixSession, config: MatrixConfig, log: Logger): Promise<void> {
  const { client, crypto, user } = session;
  const device = client.getDeviceId() ?? '';
  const privateKey = await recoveryKey(config);
  const exists = await crypto.userHasCrossSigningKeys(user, true);
  const { privateKeysCachedLocally: held } = await crypto.getCrossSigningStatus();
  const ours = held.masterKey && held.selfSigningKey && held.userSigningKey;
  if (!exists) {
    await crypto.bootstrapCrossSigning({ setupNewCrossSigning: true, authUploadDeviceSigningKeys: authorize(config) });
    log.info('made the cross-signing identity of the account');
  } else if (!ours) {
    if (privateKey === undefined) {
      const text = 'the account has a cross-signing identity that this device does not hold: give its recovery key';
      if (config.devices === 'signed') throw new MatrixRefusal(text);
      log.warn(text);
      return;
    }
    await crypto.bootstrapCrossSigning({});
    log.info({ device }, 'signed the device with the recovered identity');
  } else if (!(await crypto.getDeviceVerificationStatus(user, device))?.signedByOwner) {
    await crypto.crossSignDevice(device);
    log.info({ device }, 'signed the device');
  }
  if (privateKey !== undefined && !(await crypto.isSecretStorageReady()))
    await crypto.bootstrapSecretStorage({ createSecretStorageKey: async () => ({ privateKey }) });
}

type Upload = (auth: Record<string, unknown> | null) => Promise<void>;

/** Servers let the first identity of an account in without more ado (MSC3967), or ask for the password. */
function authorize({ login, user }: MatrixConfig): (upload: Upload) => Promise<void> {
  return async (upload) => {
    try {
      await upload(null);
    } catch (error) {
      const { MatrixError } = await import('matrix-js-sdk');
      if (!(error instanceof MatrixError) || error.httpStatus !== 401 || error.data.session === undefined) throw error;
      if (!('password' in login))
        throw new MatrixRefusal(
          'the homeserver wants the password for the identity of the account, and there is only a token',
        );
      await upload({
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user },
        password: readSecret(login.password),
        session: error.data.session,
      });
    }
  };
}
