import type { Manifest } from '../../manifest/manifest.ts';
import { containersOf, fields, items, podSpecOf, text } from '../../manifest/pod-specs.ts';
import type { Rule, Violation } from '../rule.ts';

/** Every image of a manifest's pod: containers and image volumes. */
export function imagesOf(manifest: Manifest): { readonly image: string; readonly path: string }[] {
  const pod = podSpecOf(manifest.object);
  if (!pod) return [];
  const containers = containersOf(pod.spec, pod.path).map(({ container, path }) => ({
    image: text(container.image) ?? '',
    path: `${path}.image`,
  }));
  const volumes = items(pod.spec.volumes).flatMap((volume, index) => {
    const image = fields(volume).image;
    return image === undefined
      ? []
      : [{ image: text(fields(image).reference) ?? '', path: `${pod.path}.volumes[${index}].image.reference` }];
  });
  return [...containers, ...volumes];
}

const reference =
  /^(?<repository>[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+|[a-z0-9]+([._-]+[a-z0-9]+)*)(:(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(@(?<digest>sha256:[0-9a-f]{64}))?$/;

/** Whether an image names what runs: by digest, or by a tag other than latest. */
export function isVersioned(image: string): boolean {
  const groups = reference.exec(image)?.groups;
  return groups?.digest !== undefined || (groups?.tag !== undefined && groups.tag !== 'latest');
}

export const imageReference: Rule = {
  id: 'image-reference',
  severity: 'error',
  doc: 'An image has a tag other than latest, or a digest: otherwise what runs changes without a commit.',
  check: (manifests) =>
    manifests.flatMap((manifest) =>
      imagesOf(manifest).flatMap(({ image, path }): Violation[] => {
        const groups = reference.exec(image)?.groups;
        if (!groups) {
          return [
            {
              manifest,
              path,
              message: `image "${image}" is not an image reference`,
              help: 'Write it as registry/path:tag@sha256:<64 hexadecimal digits>.',
            },
          ];
        }
        if (isVersioned(image)) return [];
        const { tag } = groups;
        return [
          {
            manifest,
            path,
            message:
              tag === undefined ? `image ${image} has neither tag nor digest` : `image ${image} has the tag latest`,
            why: 'What runs would change without a commit.',
            help: 'Give it a version tag, best with its digest.',
          },
        ];
      }),
    ),
};
