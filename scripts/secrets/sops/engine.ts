import type { SecretPlace, Values } from '../keeper.ts';
import type { Identities } from './identities.ts';
import type { RecipientsUpdate } from './recipients.ts';
import type { SopsText } from './secret-document.ts';

/** What makes, opens and changes files of sops. Text in, text out: it never touches a file of the repository. */
export interface SopsEngine {
  readonly name: 'embedded' | 'sops';
  /**
   * The text of a new file. Needs no private key.
   *
   * @throws SopsError for a recipient, a key or a size that cannot be
   */
  create(place: SecretPlace, values: Values, recipients: readonly string[]): Promise<string>;
  /** The values of a file, its MAC checked. */
  open(file: SopsText): Promise<Values>;
  /** Sets and removes keys; see `changeDocument`. */
  change(file: SopsText, set: Values, remove: readonly string[]): Promise<string>;
  /** Encrypts a file to other recipients; see `updateRecipients`. */
  updateRecipients(file: SopsText, recipients: readonly string[]): Promise<RecipientsUpdate>;
}

/** What an engine needs of its surroundings. */
export interface SopsSurroundings {
  /** Finds the private keys, when a file has to be opened; throws SopsError when there are none. */
  readonly identities: () => Identities;
  /** The clock: the commands' outcome is ciphertext with the time at which it was made, never `dist`. */
  readonly now: () => Date;
}
