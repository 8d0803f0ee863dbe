import type { AdmissionPolicy } from './admission-policy.ts';
import { everyImage } from './pod-spec.ts';

const toDo = 'Give each a digest, or a tag other than latest.';

/** What runs does not change without a commit. Images that are mounted as volumes are read by the program, so they count. */
export const versionedImages: AdmissionPolicy = {
  name: 'versioned-images',
  demands: 'Every image, of containers and of volumes, has a digest or a tag other than latest.',
  variables: {
    ...everyImage,
    // The tag is behind the last slash: a colon before it is that of the registry's port.
    unversioned:
      "variables.images.filter(i, !i.image.contains('@') && (!i.image.substring(i.image.lastIndexOf('/') + 1).contains(':') || i.image.endsWith(':latest')))" +
      ".map(i, i.of + ' (' + i.image + ')')",
  },
  validations: [
    {
      expression: 'variables.unversioned.size() == 0',
      messageExpression: `'images without a version: ' + variables.unversioned.join(', ') + '. ${toDo}'`,
      message: `an image has no version. ${toDo}`,
    },
  ],
};
