import type { Change, Finding, Keeper, SecretPlace } from '../keeper.ts';
import { adoptSealed } from './adopt.ts';
import { certificateToUse, changeSealed } from './change.ts';
import { type LiveController, requirePinned } from './controller.ts';
import { inspectSealed, linesWithoutFile } from './inspect.ts';
import { type OldValue, reencrypted, rotationRequest, valuesToGiveAgain } from './rotate.ts';
import { type SealingOptions, sealingOf } from './sealing.ts';

/** Keeps the SealedSecrets of a cluster, and the record that goes with them. */
export interface SealedKeeper extends Keeper {
  /** Records values that another program sealed; see `adoptSealed`. */
  adopt(place: SecretPlace, text: string): Change;
  /** What is not shown to be sealed for the pinned certificate. */
  old(files: readonly { readonly place: SecretPlace; readonly text: string }[]): readonly OldValue[];
  /** Lines of the record that are about no file of the cluster. */
  left(places: readonly { readonly namespace: string; readonly name: string }[]): readonly Finding[];
  /** Has the controller of the pinned certificate encrypt a file again; see `reencrypted`. */
  reencrypt(place: SecretPlace, text: string, controller: LiveController): Promise<Change>;
}

export function sealedKeeper(options: SealingOptions): SealedKeeper {
  const sealing = sealingOf(options);
  return {
    inspect: (place, text, keys) => inspectSealed(sealing, place, text, keys),
    change: async (place, text, set, remove) => changeSealed(sealing, place, text, set, remove),
    adopt: (place, text) => adoptSealed(sealing, place, text),
    old: (files) => valuesToGiveAgain(sealing, files),
    left: (places) => linesWithoutFile(sealing, places),
    reencrypt: async (place, text, controller) => {
      const request = JSON.stringify(rotationRequest(sealing, place, text));
      const certificate = certificateToUse(sealing);
      requirePinned(controller.shown, await controller.certificate(), certificate);
      const answer = await controller.rotate(request);
      // It may have made a new key in between.
      requirePinned(controller.shown, await controller.certificate(), certificate);
      return reencrypted(sealing, place, text, answer);
    },
  };
}
