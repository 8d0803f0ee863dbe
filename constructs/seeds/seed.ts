import type { Image } from '../images.ts';

/** Replaceable workspace files that are put in place at every start; what the agent made itself is never touched. */
export type Seed = FilesSeed | ImageSeed;

/** A seed from ConfigMaps. */
export interface FilesSeed {
  readonly kind: 'files';
  /** Relative path to content, UTF-8 text. */
  readonly files: Readonly<Record<string, string>>;
}

/** A seed from an OCI image. */
export interface ImageSeed {
  readonly kind: 'image';
  readonly image: Image;
  /** Folder in the image that holds the files. */
  readonly path: string;
  /** Whether the image has `/bin/sh`, `cp`, `mv`, `rm`, `mkdir`, `rmdir` and `chmod`. */
  readonly shell: boolean;
}
