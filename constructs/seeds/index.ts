import { dirname, isAbsolute, join } from 'node:path';
import { readTextFolder } from '../files.ts';
import type { Image } from '../images.ts';
import { callerSource } from '../origin.ts';
import type { FilesSeed, ImageSeed, Seed } from './seed.ts';

export type { FilesSeed, ImageSeed, Seed };

/**
 * Workspace files from ConfigMaps.
 *
 * @param source relative path to content, or a folder of text files, relative to the file that calls this
 */
export function filesSeed(source: string | Readonly<Record<string, string>>): FilesSeed {
  if (typeof source !== 'string') return { kind: 'files', files: source };
  const folder = isAbsolute(source) ? source : join(dirname(callerSource()?.file ?? '.'), source);
  const read = readTextFolder(folder);
  if (!read) throw new Error(`filesSeed("${source}"): there is no such folder beside the file that calls it`);
  if (read.special.length > 0) {
    throw new Error(
      `filesSeed("${source}"): neither files nor folders: ${read.special.join(', ')}. Replace links by what they lead to.`,
    );
  }
  if (read.binary.length > 0) {
    throw new Error(
      `filesSeed("${source}"): not UTF-8 text: ${read.binary.join(', ')}. Put binary files into an imageSeed().`,
    );
  }
  return { kind: 'files', files: read.files };
}

/** Options of `imageSeed()`. */
export interface ImageSeedOptions {
  /** Folder in the image that holds the files. @default '/workspace' */
  readonly path?: `/${string}`;
  /**
   * Whether the image has `/bin/sh`, `cp`, `mv`, `rm`, `mkdir`, `rmdir` and `chmod`. On a cluster without image volumes the
   * files are copied by a container of this image, so one without them is an error there.
   * @default true
   */
  readonly shell?: boolean;
}

/** Workspace files from an OCI image: mounted where the cluster has image volumes, else copied by the image itself. */
export function imageSeed(image: Image, options: ImageSeedOptions = {}): ImageSeed {
  return {
    kind: 'image',
    image,
    path: (options.path ?? '/workspace').replace(/(?<=.)\/+$/, ''),
    shell: options.shell ?? true,
  };
}
