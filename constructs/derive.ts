import type { IConstruct } from 'constructs';
import { withoutRecording } from './origin.ts';
import { showInStockSynth } from './problem.ts';

const derivations = new WeakMap<IConstruct, () => void>();

/**
 * Registers what a construct derives from the calls made on it (fence, secrets, RBAC). It runs once, when all calls were
 * made: stock `App.synth()`, `Testing.synth()` and our own walk all validate the tree first, and validation runs it.
 */
export function deriveLater(construct: IConstruct, derive: () => void): void {
  let state: 'pending' | 'done' | { readonly error: unknown } = 'pending';
  const once = () => {
    // Half-made objects must not pass for all of them when somebody asks again.
    if (typeof state === 'object') throw state.error;
    if (state === 'done') return;
    try {
      state = 'done';
      withoutRecording(derive);
    } catch (error) {
      state = { error };
      throw error;
    }
  };
  derivations.set(construct, once);
  construct.node.addValidation({
    validate: () => {
      once();
      return [];
    },
  });
  showInStockSynth(construct);
}

/** Runs every derivation below `root` that has not run yet, including those of constructs that a derivation makes. */
export function deriveBelow(root: IConstruct): void {
  const pending: IConstruct[] = [root];
  for (let construct = pending.pop(); construct; construct = pending.pop()) {
    if (construct !== root) derivations.get(construct)?.();
    pending.push(...construct.node.children.toReversed());
  }
}
