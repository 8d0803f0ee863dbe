import type { Inbound } from './bus.ts';
import type { Logger } from './log.ts';
import type { MatrixConfig, MatrixSession } from './matrix-account.ts';
import { MatrixDecryption } from './matrix-decryption.ts';
import { spokenText } from './matrix-message.ts';
import type { RawEvent } from './matrix-rooms.ts';
import type { Metrics } from './metrics.ts';

/** Decides who is heard, and what they said. */
export class MatrixHearing {
  readonly #config: MatrixConfig;
  readonly #session: MatrixSession;
  readonly #decryption: MatrixDecryption;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  /** Why the last message that waits could not be read. */
  reason = '';

  constructor(config: MatrixConfig, session: MatrixSession, log: Logger, metrics: Metrics) {
    this.#config = config;
    this.#session = session;
    this.#decryption = new MatrixDecryption(config, session);
    this.#log = log;
    this.#metrics = metrics;
  }

  /** `waiting`: its key may come yet. Undefined: there is nothing to hear, for good. */
  async hear(event: RawEvent, room: string): Promise<Inbound | 'waiting' | undefined> {
    const { type, sender, content } = event;
    if (sender === this.#session.user || !['m.room.message', 'm.room.encrypted'].includes(type)) return undefined;
    if (!this.#config.allow.includes(sender)) {
      this.#count('stranger');
      this.#log.info({ sender, room }, 'a stranger is not heard');
      return undefined;
    }
    if (type === 'm.room.message') {
      const plain =
        this.#config.unencryptedRooms.includes(room) && !(await this.#session.crypto.isEncryptionEnabledInRoom(room));
      // In an encrypted room only the server, or somebody who was tricked, sends plain text.
      return plain ? inbound(event, room, content) : this.refuse(event, room, 'it is not encrypted');
    }
    const decrypted = await this.#decryption.decrypt(event, room);
    switch (decrypted.outcome) {
      case 'waiting':
        this.reason = decrypted.reason;
        return 'waiting';
      case 'refused':
        return this.refuse(event, room, decrypted.reason);
      case 'said':
        return decrypted.type === 'm.room.message' ? inbound(event, room, decrypted.content) : undefined;
    }
  }

  /** Gives up. */
  refuse({ sender, event_id }: RawEvent, room: string, reason: string): undefined {
    this.#decryption.forget(event_id);
    this.#count('refused');
    this.#log.warn({ sender, room, event: event_id, reason }, 'a message is not heard');
  }

  /** Whether the agent follows the invitation whose state this is. */
  follows(state: readonly RawEvent[], room: string): boolean {
    const { user } = this.#session;
    const sender = state.findLast(({ type, state_key }) => type === 'm.room.member' && state_key === user)?.sender;
    if (sender !== undefined && this.#config.allow.includes(sender) && this.#config.rooms.includes(room)) return true;
    this.#count('stranger');
    this.#log.info({ sender, room }, 'an invitation is not followed: its sender or its room is not on the list');
    return false;
  }

  #count(outcome: string): void {
    this.#metrics.received.inc({ channel: 'matrix', outcome });
  }
}

function inbound({ event_id, sender }: RawEvent, room: string, content: RawEvent['content']): Inbound | undefined {
  const text = spokenText(content);
  if (text === undefined) return undefined;
  return {
    id: `matrix:${event_id}`,
    channel: 'matrix',
    session: `matrix:${room}`,
    sender,
    trust: 'operator',
    text,
    replyTo: { channel: 'matrix', to: room },
  };
}
