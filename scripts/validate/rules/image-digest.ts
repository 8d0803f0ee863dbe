import type { Rule } from '../rule.ts';
import { imagesOf, isVersioned } from './image-reference.ts';

export const imageDigest: Rule = {
  id: 'image-digest',
  severity: 'warning',
  doc: 'An image is pinned by digest: a tag can be moved to other content.',
  check: (manifests) =>
    manifests.flatMap((manifest) => {
      const images = imagesOf(manifest);
      if (images.length === 0) return [];
      return [...new Map(images.map((each) => [each.image, each])).values()]
        .filter(({ image }) => isVersioned(image) && !image.includes('@'))
        .map(({ image, path }) => ({
          manifest,
          path,
          message: `image ${image} has no digest`,
          why: 'Whoever can push to its repository decides what runs.',
          help: 'Add @sha256:… to the image, or pin it for the cluster with `images.pins`.',
        }));
    }),
};
