import type { MatrixEvent } from 'matrix-js-sdk';
import type { MatrixConfig, MatrixSession } from './matrix-account.ts';
import type { RawEvent } from './matrix-rooms.ts';

export type Decrypted =
  | { readonly outcome: 'said'; readonly type: string; readonly content: Readonly<Record<string, unknown>> }
  /** The key, or the keys of the sender's device, may come yet. */
  | { readonly outcome: 'waiting'; readonly reason: string }
  /** Not from who it says it is from, as far as can be known. */
  | { readonly outcome: 'refused'; readonly reason: string };

/**
 * Decrypts, and says whether the words are the sender's own. With `devices: 'signed'` they are when the sender's
 * cross-signing identity has signed the device that wrote them, and the identity is the configured one, or else the first
 * that was seen of the user; so a homeserver cannot speak for them, nor can somebody with their password alone. With
 * `devices: 'any'` a homeserver can, by a device of its own.
 */
export class MatrixDecryption {
  readonly #config: MatrixConfig;
  readonly #session: MatrixSession;
  // The crypto remembers every event object that it could not decrypt; each event has one.
  readonly #open = new Map<string, MatrixEvent>();

  constructor(config: MatrixConfig, session: MatrixSession) {
    this.#config = config;
    this.#session = session;
  }

  async decrypt(raw: RawEvent, room: string): Promise<Decrypted> {
    const { client, crypto } = this.#session;
    const event =
      this.#open.get(raw.event_id) ?? client.getEventMapper({ decrypt: false })({ ...raw, room_id: room } as never);
    this.#open.set(raw.event_id, event);
    // The crypto tries by itself too when a key comes.
    if (event.isBeingDecrypted() || event.isDecryptionFailure() || event.getClearContent() === null)
      await event.attemptDecryption(crypto).catch(() => {});
    if (event.isDecryptionFailure() || event.getClearContent() === null)
      return { outcome: 'waiting', reason: event.decryptionFailureReason ?? 'cannot be decrypted' };
    this.#open.delete(raw.event_id);
    const reason = (await this.#deviceDoubt(event)) ?? (await this.#identityDoubt(raw.sender));
    if (reason !== undefined) return { outcome: 'refused', reason };
    return { outcome: 'said', type: event.getType(), content: event.getContent() };
  }

  forget(id: string): void {
    this.#open.delete(id);
  }

  async #deviceDoubt(event: MatrixEvent): Promise<string | undefined> {
    const { EventShieldReason } = await import('matrix-js-sdk/lib/crypto-api/index.js');
    const info = await this.#session.crypto.getEncryptionInfoForEvent(event);
    if (info === null) return 'nothing is known of its device';
    const fine = [
      null,
      EventShieldReason.UNVERIFIED_IDENTITY,
      ...(this.#config.devices === 'any' ? [EventShieldReason.UNSIGNED_DEVICE] : []),
    ];
    return fine.includes(info.shieldReason) ? undefined : EventShieldReason[info.shieldReason ?? 0];
  }

  async #identityDoubt(user: string): Promise<string | undefined> {
    const { crypto } = this.#session;
    const { needsUserApproval } = await crypto.getUserVerificationStatus(user);
    const expected = this.#config.identities[user];
    if (expected === undefined)
      return needsUserApproval ? 'the identity of the sender has changed: name the new one in `identities`' : undefined;
    const keys = (await crypto.getUserCrossSigningKeys(user))?.master_key?.keys ?? {};
    if (!Object.values(keys).includes(expected)) return 'the identity of the sender is not the configured one';
    if (needsUserApproval) await crypto.pinCurrentUserIdentity(user);
    return undefined;
  }
}
