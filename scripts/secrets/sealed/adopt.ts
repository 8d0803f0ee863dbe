import { parseSealedSecret } from '../../../constructs/secrets/sealed-secret-file.ts';
import type { Change, SecretPlace } from '../keeper.ts';
import { certificateToUse, note, requireRecord } from './change.ts';
import { fileFindings, notASealedSecret, valueFinding } from './inspect.ts';
import { refused } from './refused.ts';
import { recordText, type Sealing } from './sealing.ts';

/**
 * Records values that another program sealed, on the word of a person that it was for the pinned certificate and just now;
 * their lines say `adopted`. Values that have a line keep it.
 *
 * @throws UsageError when something speaks against it: the form of a value, or a line that says it was sealed for another
 *   certificate, name or scope
 */
export function adoptSealed(sealing: Sealing, place: SecretPlace, text: string): Change {
  requireRecord(sealing);
  certificateToUse(sealing);
  const file = parseSealedSecret(text);
  if (!file) throw refused(notASealedSecret(place.path, text));
  const values = Object.entries(file.spec.encryptedData ?? {}).map(([key, value]) => ({
    key,
    value: String(value),
    finding: valueFinding(sealing, place, key, value),
  }));
  const wrong = [
    ...fileFindings(sealing, place, text, file),
    ...values.flatMap(({ finding }) => (finding && finding.kind !== 'unverifiable' ? [finding] : [])),
  ];
  if (wrong.length > 0) throw refused(...wrong);
  const pairs = (recorded: boolean) =>
    new Map(
      values.flatMap(({ key, value, finding }) =>
        (finding === undefined) === recorded ? [[key, value] as const] : [],
      ),
    );
  note(sealing, place, pairs(true), pairs(false), 'adopted');
  return { text, beside: [recordText(sealing)] };
}
