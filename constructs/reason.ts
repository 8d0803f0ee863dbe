import type { IConstruct } from 'constructs';
import type { Source } from './origin.ts';
import type { Finding } from './problem.ts';

/** Which part of the app asked for something. */
export interface Cause {
  /** `model provider openai`, `channel matrix`, or what the author gave as the reason of a call. */
  readonly because: string;
  /** The author's line that asked. @default the line of the construct that the object belongs to */
  readonly source?: Source | undefined;
}

/** Why one part of an object is there. */
export interface Reason extends Cause {
  /** The part, as a reader of the manifest finds it: `out api.openai.com:443`, `volume state`. */
  readonly what: string;
  /** More about the part, one line each. Never the value of a secret. */
  readonly details?: readonly string[] | undefined;
}

/** Why an object is there. */
export interface Reasons {
  /** What the object is: `fence of agent claw`. */
  readonly purpose: string;
  /** A part that several asked for is there once for each. */
  readonly parts: readonly Reason[];
  /** What was found about this object and reported on the construct around it. */
  readonly findings?: readonly Finding[] | undefined;
}

const recorded = new WeakMap<IConstruct, () => Reasons>();

/** Remembers why an object is there. Called by what makes the object; the reasons are computed when somebody asks. */
export function recordReasons(object: IConstruct, reasons: () => Reasons): void {
  recorded.set(object, reasons);
}

/** Why an object is there, once all derivations have run; undefined for one that an author made as it stands. */
export function reasonsOf(object: IConstruct): Reasons | undefined {
  return recorded.get(object)?.();
}
