import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageName } from '../package-name.ts';
import { findRepository } from '../synth/clusters.ts';

/** Where new files go, and how they name the library there. */
export interface Place {
  /** Absolute path of the repository: what has a `clusters` folder, or the current folder. */
  readonly repository: string;
  /** What a file two folders down imports the library from. */
  readonly library: string;
  /** How the command line is called there. */
  readonly command: string;
  /** Whether the library itself is developed there. */
  readonly own: boolean;
}

/** The library as it is developed; the published one is compiled. */
const library = join(dirname(fileURLToPath(import.meta.url)), '../../constructs/index.ts');

/** The place of somebody who stands in a folder. */
export function placeOf(folder: string): Place {
  const repository = findRepository(folder) ?? folder;
  const source = join(repository, 'constructs/index.ts');
  const own = existsSync(source) && realpathSync(source) === library;
  return {
    repository,
    library: own ? '../../constructs/index.ts' : packageName,
    command: own ? 'npm run chitin --' : 'npx chitin',
    own,
  };
}
