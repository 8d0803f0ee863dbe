import {
  createClient,
  type MatrixClient,
  type MatrixEvent,
  MatrixEventEvent,
  MemoryStore,
  RoomEvent,
} from 'matrix-js-sdk';
import type { UIAuthCallback } from 'matrix-js-sdk/lib/interactive-auth.js';
import { logger } from 'matrix-js-sdk/lib/logger.js';

Object.assign(logger, { methodFactory: () => () => {} });
(logger as unknown as { rebuild(): void }).rebuild();
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, getChild: () => silent };

/** A device of somebody who uses Matrix, with the SDK's own sync and keys in memory. */
export class Person {
  readonly client: MatrixClient;
  /** What others said, decrypted, in the order of its coming: `<sender's name>: <text>`. */
  readonly heard: string[] = [];

  private constructor(client: MatrixClient) {
    this.client = client;
    const hear = (event: MatrixEvent) => {
      if (event.isEncrypted() && event.getClearContent() === null) return;
      if (event.getType() !== 'm.room.message' || event.getSender() === client.getUserId()) return;
      if (event.isDecryptionFailure()) this.heard.push('(cannot be decrypted)');
      else this.heard.push(`${event.getSender()?.slice(1).split(':')[0]}: ${event.getContent().body}`);
    };
    client.on(RoomEvent.Timeline, (event, _room, toStart) => {
      if (!toStart) hear(event);
    });
    client.on(MatrixEventEvent.Decrypted, (event) => hear(event));
  }

  static async login(baseUrl: string, user: string, password: string): Promise<Person> {
    const guest = createClient({ baseUrl, store: new MemoryStore(), logger: silent });
    const { access_token, device_id, user_id } = await guest.loginRequest({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password,
    });
    const client = createClient({
      baseUrl,
      userId: user_id,
      deviceId: device_id,
      accessToken: access_token,
      store: new MemoryStore(),
      logger: silent,
      cryptoCallbacks: {},
    });
    await client.initRustCrypto({ useIndexedDB: false });
    const person = new Person(client);
    await client.startClient({ initialSyncLimit: 0 });
    return person;
  }

  get user(): string {
    return this.client.getSafeUserId();
  }

  get device(): string {
    return this.client.getDeviceId() ?? '';
  }

  /** Makes the cross-signing identity of the account and signs this device. */
  async makeIdentity(password: string): Promise<void> {
    const authUploadDeviceSigningKeys: UIAuthCallback<void> = (upload) =>
      upload({ type: 'm.login.password', identifier: { type: 'm.id.user', user: this.user }, password });
    await this.client.getCrypto()?.bootstrapCrossSigning({ setupNewCrossSigning: true, authUploadDeviceSigningKeys });
  }

  /** Until this device has the keys of that one. */
  async knows(user: string, device: string): Promise<void> {
    const known = async () => (await this.client.getCrypto()?.getUserDeviceInfo([user], true))?.get(user);
    while (!(await known())?.has(device)) await pause();
  }

  /** Signs another device of the same account, as its owner does after comparing emoji. */
  async sign(device: string): Promise<void> {
    await this.knows(this.user, device);
    await this.client.getCrypto()?.crossSignDevice(device);
  }

  async makeRoom(encrypted: boolean): Promise<string> {
    const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };
    const { room_id } = await this.client.createRoom({ initial_state: encrypted ? [encryption] : [] });
    while (this.client.getRoom(room_id) === null) await pause();
    while (encrypted && !(await this.client.getCrypto()?.isEncryptionEnabledInRoom(room_id))) await pause();
    return room_id;
  }

  async say(room: string, body: string): Promise<string> {
    return (await this.client.sendMessage(room, { msgtype: 'm.text', body } as never)).event_id;
  }

  /** Until somebody said it. */
  async hears(line: string): Promise<void> {
    while (!this.heard.includes(line)) await pause();
  }

  membership(room: string, user: string): string | undefined {
    return this.client.getRoom(room)?.getMember(user)?.membership;
  }

  stop(): void {
    this.client.stopClient();
  }
}

export const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
