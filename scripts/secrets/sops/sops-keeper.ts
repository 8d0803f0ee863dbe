import type { Keeper } from '../keeper.ts';
import type { SopsEngine } from './engine.ts';
import { inspectSops } from './inspect.ts';
import { recipientChanges } from './recipients.ts';
import { parseSecretDocument } from './secret-document.ts';
import { SopsError } from './sops-error.ts';

/** Keeps the Secrets of a cluster whose backend is `sops()`. */
export function sopsKeeper(recipients: readonly string[], engine: SopsEngine): Keeper {
  return {
    inspect: (place, text, keys) => inspectSops(place, text, keys, recipients),
    change: async (place, text, set, remove) => {
      if (text === undefined) return { text: await engine.create(place, set, recipients) };
      const { path, namespace, name } = place;
      const document = parseSecretDocument({ path, text });
      if (document.namespace !== namespace || document.name !== name) {
        throw new SopsError('damaged', {
          message: `${path}: it holds ${String(document.namespace)}/${String(document.name)}, and its path says ${namespace}/${name}`,
          why: 'The MAC covers its name: the file was moved, or changed by hand.',
          help: 'Move the file back, or remove it and set all its values again.',
        });
      }
      const { added, removed } = recipientChanges(document, recipients);
      if (added.length > 0 || removed.length > 0) {
        const lists = [
          ...(added.length > 0 ? [`missing: ${added.join(', ')}`] : []),
          ...(removed.length > 0 ? [`not the cluster's: ${removed.join(', ')}`] : []),
        ];
        throw new SopsError('recipient', {
          message: `${path}: encrypted to other keys than the cluster's; ${lists.join('; ')}`,
          why: 'A new value would be readable to whom it is not meant for, or not to whom it is.',
          help: 'Bring the recipients of the files in step first: chitin secrets rotate',
        });
      }
      return { text: await engine.change({ path, text }, set, remove) };
    },
  };
}
