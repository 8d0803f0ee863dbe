import type { AdmissionPolicy } from './admission-policy.ts';
import { everyImage } from './pod-spec.ts';

/**
 * Nothing runs but what the apps of the cluster use: images of a repository whose signer is known, which something else
 * verifies, and those that are listed as signed by nobody. It needs no registry, so the API server itself demands it.
 *
 * @param signed repositories as pods name them
 * @param unsigned those without a signer
 */
export function knownImages(signed: readonly string[], unsigned: readonly string[]): AdmissionPolicy {
  const toDo = 'Use the image in an app of the cluster, or take its repository from one.';
  // JSON text is CEL text.
  const list = [...signed, ...unsigned].map((repository) => JSON.stringify(repository)).join(', ');
  // What follows the repository is a tag or a digest; with a slash in it, the colon was that of a registry's port.
  const rest = 'i.image.substring(r.size())';
  return {
    name: 'known-images',
    demands:
      `Every image is of a repository whose signer is known (${signed.join(', ') || 'none'}), ` +
      `or of one that is listed as signed by nobody (${unsigned.join(', ') || 'none'}).`,
    variables: {
      ...everyImage,
      unknown: `variables.images.filter(i, ![${list}].exists(r, i.image == r || ((i.image.startsWith(r + ':') || i.image.startsWith(r + '@')) && !${rest}.contains('/')))).map(i, i.of + ' (' + i.image + ')')`,
    },
    validations: [
      {
        expression: 'variables.unknown.size() == 0',
        messageExpression: `'images of repositories that no app of the cluster uses: ' + variables.unknown.join(', ') + '. ${toDo}'`,
        message: `an image is of a repository that no app of the cluster uses. ${toDo}`,
      },
    ],
  };
}
