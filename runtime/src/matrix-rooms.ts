import type { MatrixEvent, Room } from 'matrix-js-sdk';
import type { MatrixSession } from './matrix-account.ts';

/** An event as the server sends it. */
export interface RawEvent {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key?: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly unsigned?: { readonly prev_content?: { readonly membership?: unknown } };
}

/** The rooms that the agent is in: who is there, for whom to encrypt. */
export class MatrixRooms {
  readonly #session: MatrixSession;
  /** Also those that it has left: the crypto goes on with the object that it saw first. */
  readonly #rooms = new Map<string, Room>();
  readonly #joined = new Set<string>();
  /** Those of which the server does not show who is there: nothing can be encrypted for them. */
  readonly refused = new Set<string>();

  constructor(session: MatrixSession) {
    this.#session = session;
  }

  get(id: string): Room | undefined {
    return this.#joined.has(id) ? this.#rooms.get(id) : undefined;
  }

  /** Those of `ids` that the agent has joined. */
  async open(ids: readonly string[]): Promise<void> {
    const { joined_rooms } = await this.#session.client.getJoinedRooms();
    for (const id of ids) if (joined_rooms.includes(id)) await this.enter(id);
  }

  /** Leaves it at `refused` when the server refuses the state of the room: thrown out since, or a broken room. */
  async enter(id: string): Promise<void> {
    if (this.#joined.has(id)) return;
    const { client, crypto, user } = this.#session;
    const { MatrixError, Room } = await import('matrix-js-sdk');
    let state: RawEvent[];
    try {
      state = (await client.roomState(id)) as unknown as RawEvent[];
    } catch (error) {
      if (!(error instanceof MatrixError) || error.httpStatus !== 403) throw error;
      this.refused.add(id);
      return;
    }
    this.refused.delete(id);
    const before = this.#rooms.get(id);
    const room = before ?? new Room(id, client, user);
    this.#rooms.set(id, room);
    await this.#apply(room, state);
    // Others may have left while nobody looked.
    if (before !== undefined) await crypto.forceDiscardSession(id);
    this.#joined.add(id);
  }

  leave(id: string): void {
    this.#joined.delete(id);
    this.refused.delete(id);
  }

  /** Takes in the state events among these. */
  async change(id: string, raw: readonly RawEvent[]): Promise<void> {
    const room = this.get(id);
    if (room === undefined) return;
    const { RoomStateEvent } = await import('matrix-js-sdk');
    // As the SDK's own sync does: there is a new key when somebody left.
    for (const event of await this.#apply(room, raw))
      this.#session.client.emit(RoomStateEvent.Events, event, room.currentState, null);
  }

  async #apply(room: Room, raw: readonly RawEvent[]): Promise<MatrixEvent[]> {
    const { client, crypto } = this.#session;
    const { RoomMemberEvent } = await import('matrix-js-sdk');
    const map = client.getEventMapper({ decrypt: false });
    const events = raw
      .filter(({ state_key }) => state_key !== undefined)
      .map((event) => map({ ...event, room_id: room.roomId } as never));
    room.currentState.setStateEvents(events);
    for (const event of events) if (event.getType() === 'm.room.encryption') await crypto.onCryptoEvent(room, event);
    for (const event of events) {
      const member = event.getType() === 'm.room.member' ? room.getMember(event.getStateKey() ?? '') : null;
      // The crypto follows the devices of whoever comes.
      if (member !== null) client.emit(RoomMemberEvent.Membership, event, member);
    }
    return events;
  }
}
