/** One message for the agent, as a channel heard it. */
export interface Inbound {
  /** `<channel>:<the service's event id>`: the same event has the same id, however often it is delivered. */
  readonly id: string;
  readonly channel: string;
  /** Messages of one session are handled one after the other, in the order of arrival. */
  readonly session: string;
  /** Stable id of who wrote it, in the channel's own terms. */
  readonly sender: string;
  /** `operator`: somebody on the channel's list of senders, whose words are instructions. `data`: anything else. */
  readonly trust: 'operator' | 'data';
  /** What an operator wrote; or what the configuration asks to do with `data`. */
  readonly text: string;
  /** Text from elsewhere that the run is about; never an instruction. */
  readonly data?: string;
  /** Where the answer goes. */
  readonly replyTo: Address;
}

export interface Address {
  readonly channel: string;
  readonly to: string;
}

/** One message from the agent. */
export interface Outbound extends Address {
  /** `<id of what it answers>/<number>`: the same answer has the same key, whatever its text. */
  readonly key: string;
  readonly text: string;
}

/** A message that this process holds until the lease ends. */
export interface Claim<T> {
  readonly message: T;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly id: string;
  /** Says which of two holders still has it. */
  readonly token: string;
}

export interface DeadLetter {
  readonly queue: 'inbox' | 'outbox';
  readonly id: string;
  readonly attempts: number;
  readonly error: string;
  /** ISO 8601. */
  readonly at: string;
}

export type PutResult = 'accepted' | 'duplicate' | 'full';

/** Order within a lane, at least once, a lease for whoever works on it. */
export interface Queue<T> {
  /** Durable when it resolves. `full` while above the high mark and until the low mark is reached: nothing was stored. */
  put(message: T): Promise<PutResult>;
  /** The oldest message whose lane nobody works on; of one channel, when given. */
  claim(channel?: string): Promise<Claim<T> | undefined>;
  /** False when the lease was lost. */
  done(claim: Claim<T>): Promise<boolean>;
  /** Tries again later, or never after the last try. */
  fail(claim: Claim<T>, error: string, options?: { permanent?: boolean }): Promise<'retry' | 'dead' | 'lost'>;
  /** Gives it back untried: the program stops. */
  release(claim: Claim<T>): Promise<void>;
  /** Whether a message of this lane waits or is being worked on. */
  busy(lane: string): Promise<boolean>;
  /** Drops what waits or is being worked on in a lane, but for one message; whoever holds one of them loses the lease. */
  clear(lane: string, except: string): Promise<string[]>;
  depth(): Promise<{ pending: number; active: number; dead: number }>;
  /** Whether `put` would store, or answer `full`. */
  full(): Promise<boolean>;
  /** Resolves when there may be something to claim, and on abort. */
  ready(signal: AbortSignal): Promise<void>;
}

/** Where messages live between the steps of their life. */
export interface Bus {
  readonly inbox: Queue<Inbound>;
  readonly outbox: Queue<Outbound>;
  /**
   * The answers are in the outbox and the message is done, both or neither. Answers whose key is there already are left
   * as they are. False, and nothing is stored, when the lease was lost.
   */
  complete(claim: Claim<Inbound>, answers: readonly Outbound[]): Promise<boolean>;
  deadLetters(): Promise<DeadLetter[]>;
  /** False when there is no such dead letter. */
  replay(queue: DeadLetter['queue'], id: string): Promise<boolean>;
  close(): Promise<void>;
}
