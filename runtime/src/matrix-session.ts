import type { MatrixClient, MatrixError } from 'matrix-js-sdk';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import type { Logger as SdkLogger } from 'matrix-js-sdk/lib/logger.js';
import type { Logger } from './log.ts';
import { type MatrixConfig, MatrixRefusal, type MatrixSession, recoveryKey } from './matrix-account.ts';
import { signDevice } from './matrix-signing.ts';
import type { MatrixDevice, MatrixStore } from './matrix-store.ts';
import { describe, protect, readSecret } from './secrets.ts';

/** Opens the agent's device: logs in once, and from then on goes by what the store holds. */
export class MatrixSessions {
  readonly #config: MatrixConfig;
  readonly #store: MatrixStore;
  readonly #log: Logger;
  /** IndexedDB is restored once per process. */
  #session: MatrixSession | undefined;

  constructor(config: MatrixConfig, store: MatrixStore, log: Logger) {
    this.#config = config;
    this.#store = store;
    this.#log = log;
  }

  /** @throws MatrixRefusal, or whatever the network has to say: then it may be called again */
  async open(): Promise<MatrixSession> {
    this.#session ??= await this.#load(await this.#device());
    await signDevice(this.#session, this.#config, this.#log);
    return this.#session;
  }

  async #device(): Promise<Required<MatrixDevice>> {
    const { login, user } = this.#config;
    const known = this.#store.device;
    if ('token' in login) {
      const token = readSecret(login.token);
      const device = await this.#whoami(token);
      if (device === undefined) throw new MatrixRefusal('the access token is not valid');
      this.#store.device = { user, device };
      return { user, device, token };
    }
    let soft = false;
    if (known?.user === user && known.token !== undefined) {
      protect(known.token);
      const answer = await this.#whoami(known.token, (error) => {
        soft = error.data.soft_logout === true;
      });
      if (answer !== undefined) return { user, device: answer, token: known.token };
      this.#log.warn({ device: known.device, soft }, 'the device was logged out');
    }
    const { access_token: token, device_id: device } = await this.#request((client) =>
      client.loginRequest({
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user },
        password: readSecret(login.password),
        initial_device_display_name: 'chitin',
        // A name of our own would meet the keys that the server has of a device that is lost.
        ...(soft && known !== undefined && { device_id: known.device }),
      }),
    );
    protect(token);
    this.#store.device = { user, device, token };
    this.#log.info({ device }, 'logged in');
    return { user, device, token };
  }

  /** The token's device; undefined when the server does not know the token. */
  async #whoami(token: string, look?: (error: MatrixError) => void): Promise<string | undefined> {
    const { MatrixError } = await import('matrix-js-sdk');
    try {
      const { user_id, device_id } = await (await this.#client({ accessToken: token })).whoami();
      if (user_id !== this.#config.user) throw new MatrixRefusal(`the access token is one of ${user_id}`);
      if (device_id === undefined) throw new MatrixRefusal('the access token has no device');
      return device_id;
    } catch (error) {
      if (!(error instanceof MatrixError) || error.errcode !== 'M_UNKNOWN_TOKEN') throw error;
      look?.(error);
      return undefined;
    }
  }

  async #request<T>(ask: (client: MatrixClient) => Promise<T>): Promise<T> {
    const { MatrixError } = await import('matrix-js-sdk');
    try {
      return await ask(await this.#client({}));
    } catch (error) {
      if (error instanceof MatrixError && (error.httpStatus === 400 || error.httpStatus === 403))
        throw new MatrixRefusal(`the homeserver refuses the login: ${describe(error)}`);
      throw error;
    }
  }

  async #client(options: { accessToken?: string; userId?: string; deviceId?: string }): Promise<MatrixClient> {
    const { MatrixClient, MemoryStore } = await import('matrix-js-sdk');
    // Parts of the SDK write to the console, whatever logger it is given.
    const { logger } = await import('matrix-js-sdk/lib/logger.js');
    Object.assign(logger, { methodFactory: () => () => {} });
    (logger as unknown as { rebuild(): void }).rebuild();
    return new MatrixClient({
      baseUrl: this.#config.homeserver,
      store: new MemoryStore(),
      localTimeoutMs: 60_000,
      logger: sdkLogger(this.#log),
      cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) => {
          const [id] = Object.keys(keys);
          const key = await recoveryKey(this.#config);
          return id === undefined || key === undefined ? null : [id, key];
        },
      },
      ...options,
    });
  }

  async #load({ user, device, token }: Required<MatrixDevice>): Promise<MatrixSession> {
    await this.#store.installIndexedDb((error) => {
      this.#log.fatal({ err: error }, 'the keys cannot be written; the program ends before it uses them');
      process.exit(70);
    });
    const client = await this.#client({ userId: user, deviceId: device, accessToken: token });
    await client.initRustCrypto();
    const crypto = client.getCrypto() as CryptoBackend;
    const { OnlySignedDevicesIsolationMode, AllDevicesIsolationMode } = await import(
      'matrix-js-sdk/lib/crypto-api/index.js'
    );
    crypto.setDeviceIsolationMode(
      this.#config.devices === 'signed' ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false),
    );
    await this.#checkKeys({ client, crypto, user }, device);
    return { client, crypto, user };
  }

  /** A token outlives the volume: then the server would refuse the new keys of the old device, and people distrust them. */
  async #checkKeys({ client, crypto, user }: MatrixSession, device: string): Promise<void> {
    const { device_keys } = await client.downloadKeysForUsers([user]);
    const theirs = device_keys[user]?.[device]?.keys[`ed25519:${device}`];
    if (theirs !== undefined && theirs !== (await crypto.getOwnDeviceKeys()).ed25519) {
      throw new MatrixRefusal(
        `the keys of device ${device} are lost, and it cannot have others: ${'token' in this.#config.login ? 'give the token of a new login' : 'log it out'}`,
      );
    }
  }
}

/** Errors of the SDK; its other lines are of use at the debug level only, and too many. */
function sdkLogger(log: Logger): SdkLogger {
  const write = (level: 'warn' | 'debug', parts: unknown[]) => {
    log[level](parts.map((part) => (part instanceof Error ? describe(part) : String(part))).join(' '));
  };
  const sdk: SdkLogger = {
    trace: () => {},
    debug: () => {},
    info: () => {},
    warn: (...parts: unknown[]) => write('debug', parts),
    error: (...parts: unknown[]) => write('warn', parts),
    getChild: () => sdk,
  };
  return sdk;
}
