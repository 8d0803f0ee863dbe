import type { Inbound, PutResult } from './bus.ts';

/** Durable when it resolves; only then may a channel tell its service that the message arrived. */
export type Sink = (message: Inbound) => Promise<PutResult>;

/** A connection over which people or programs talk with the agent. */
export interface Channel {
  readonly kind: string;
  /** Longest text of one message, in UTF-16 units. */
  readonly textLimit: number;
  /** Resolves when it listens, or goes on trying by itself; throws when it never will: a wrong token, a port in use. */
  start(sink: Sink): Promise<void>;
  /**
   * @param key the same for every try of one message, for services that drop repetitions
   * @throws SendError
   */
  send(to: string, text: string, key: string, signal: AbortSignal): Promise<void>;
  /** Hears nothing from now on, and still sends. What was heard is in the sink, or was not acknowledged. */
  stop(): Promise<void>;
  /** After the last `send`: lets go of what it holds. @default nothing */
  close?(): Promise<void>;
  /** What is wrong now, for `/readyz`. */
  problem(): string | undefined;
}

/** A delivery that failed; `permanent` when another try cannot help. */
export class SendError extends Error {
  readonly permanent: boolean;
  constructor(message: string, permanent: boolean) {
    super(message);
    this.name = 'SendError';
    this.permanent = permanent;
  }
}
