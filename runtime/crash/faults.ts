/** Steps of a message's life at which the process can be killed, in their order. */
export const points = [
  'recover',
  'telegram poll',
  'recorder poll',
  'inbox put',
  'webhook answer',
  'inbox claim',
  'model request',
  'memory write',
  'history',
  'inbox done',
  'outbox insert',
  'answer stored',
  'outbox claim',
  'telegram send',
  'recorder send',
  'outbox done',
] as const;
export type Point = (typeof points)[number];
export const sides = ['before', 'after'] as const;
export type Side = (typeof sides)[number];

/** SIGKILL at the `count`th time that the process gets there. */
export interface Fault {
  readonly point: Point;
  readonly side: Side;
  readonly count: number;
}

/** The environment variable with a `Fault` as JSON; nothing but the preloaded module reads it. */
export const faultVariable = 'CHITIN_CRASH_FAULT';

/** What the harness tells a running process. */
export interface Control {
  /** Moves the process's clock, in milliseconds; timers go on as they were. */
  readonly clock?: number;
  /** Pages that the database may grow by from now on; `null` for as many as it likes. */
  readonly pages?: number | null;
}
