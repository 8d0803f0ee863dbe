import { randomBytes } from 'node:crypto';
import type { Values } from '../keeper.ts';
import { changeDocument, resealed } from './change.ts';
import { encryptValue } from './cipher.ts';
import { dataKeySize, unwrapDataKey } from './data-key.ts';
import type { SopsEngine, SopsSurroundings } from './engine.ts';
import { type OpenedDocument, openDocument, pathData, valuesOf } from './open.ts';
import { updateRecipients, wrapAll } from './recipients.ts';
import { parseSecretDocument, type SopsText, type ValueField } from './secret-document.ts';
import { secretText } from './secret-text.ts';
import { encodeValue, requireSecretValues } from './value-encoding.ts';

/** sops without the program: the format of sops 3.13.3, with age by `age-encryption`. */
export function embeddedEngine({ identities, now }: SopsSurroundings): SopsEngine {
  const opened = async (file: SopsText): Promise<OpenedDocument> => {
    const document = parseSecretDocument(file);
    return openDocument(document, await unwrapDataKey(file.path, document.sops.wrapped, identities().keys));
  };
  return {
    name: 'embedded',
    create: async ({ path, namespace, name, type }, values, recipients) => {
      requireSecretValues(path, values);
      const dataKey = randomBytes(dataKeySize);
      const wrapped = await wrapAll(dataKey, recipients, []);
      const encoded = [...values].map(([key, bytes]) => ({ key, ...encodeValue(bytes) }));
      const field = (of: ValueField) =>
        encoded
          .filter((value) => value.field === of)
          .map(({ key, bytes }) => [key, encryptValue(bytes, dataKey, pathData([of, key]))] as const);
      const fields = { data: field('data'), stringData: field('stringData') };
      const lastmodified = rfc3339(now());
      return resealed(
        path,
        secretText({ namespace, name, type, fields, wrapped, lastmodified }),
        dataKey,
        lastmodified,
      );
    },
    open: async (file) => valuesOf(await opened(file)),
    change: async (file, set, remove) => {
      const before = await opened(file);
      requireSecretValues(file.path, changed(valuesOf(before), set, remove));
      const encoded = new Map([...set].map(([key, bytes]) => [key, encodeValue(bytes)]));
      return changeDocument(before, encoded, remove, rfc3339(now()));
    },
    updateRecipients: async (file, recipients) =>
      await updateRecipients(file, recipients, () => identities().keys, rfc3339(now())),
  };
}

/** As sops writes `lastmodified`. */
function rfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function changed(values: Values, set: Values, remove: readonly string[]): Values {
  const left = [...values].filter(([key]) => !remove.includes(key) && !set.has(key));
  return new Map([...left, ...set]);
}
