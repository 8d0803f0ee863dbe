import { basename } from 'node:path/posix';
import type { Problem } from '../problem.ts';
import type { ConfigFile } from './plan.ts';

/** Largest sum of the values of a ConfigMap (`core.MaxSecretSize`, Kubernetes 1.36 validation.go; keys do not count). */
export const configMapLimit = 1024 * 1024;

/** Files as a ConfigMap carries them: keys cannot hold a slash, so a volume's `items` give the paths back. */
export interface PackedFiles {
  readonly data: Readonly<Record<string, string>>;
  readonly items: readonly { readonly key: string; readonly path: string }[];
  readonly problems: readonly Problem[];
}

/**
 * Packs text files into the data of one ConfigMap.
 *
 * @param what what the files are, for errors: `skill flux-debugging`
 * @param files relative path with forward slashes to content
 */
export function packFiles(what: string, files: Readonly<Record<string, string>>): PackedFiles {
  const data = new Map<string, string>();
  const owners = new Map<string, string>();
  const items: { key: string; path: string }[] = [];
  const problems: Problem[] = [];
  let size = 0;
  for (const [path, text] of Object.entries(files)) {
    const key = path.replaceAll('/', '__');
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || path.split('/').some((part) => part === '' || part.startsWith('..'))) {
      problems.push({
        message: `${what}: file name "${path}" cannot go into a ConfigMap`,
        help: 'Use letters, digits, "-", "_" and "." in names, and at most 253 characters in the path.',
      });
    } else if (owners.has(key)) {
      problems.push({
        message: `${what}: "${owners.get(key)}" and "${path}" would share a key`,
        help: 'Rename one of them.',
      });
    }
    if (!text.isWellFormed()) {
      problems.push({ message: `${what}: "${path}" is not well-formed text`, help: 'Save it as UTF-8.' });
    }
    data.set(key, text);
    owners.set(key, path);
    items.push({ key, path });
    size += Buffer.byteLength(text);
  }
  if (size > configMapLimit) {
    problems.push({
      message: `${what}: ${size} bytes, and a ConfigMap holds ${configMapLimit}`,
      why: 'The API server refuses a larger one.',
      help: 'Split it, leave files out, or put it into an image with imageSeed().',
    });
  }
  return { data: Object.fromEntries(data), items, problems };
}

/** Packs configuration files, each under its own name: a mount gives it its path. */
export function packConfig(what: string, files: readonly ConfigFile[]): PackedFiles {
  const names = files.map(({ path }) => basename(path));
  const clashes = files.filter(({ path }, index) => names.indexOf(basename(path)) !== index);
  const packed = packFiles(what, Object.fromEntries(files.map(({ path, text }) => [basename(path), text])));
  const relative = files.filter(({ path }) => !/^(\/[^/]+)+$/.test(path));
  return {
    ...packed,
    problems: [
      ...packed.problems,
      ...clashes.map(({ path }) => ({
        message: `${what}: two files are called ${basename(path)}`,
        why: 'They share one ConfigMap, whose keys are the names.',
        help: 'Rename one of them.',
      })),
      ...relative.map(({ path }) => ({
        message: `${what}: "${path}" is not an absolute path of a file`,
        help: 'Write it as /folder/file.',
      })),
    ],
  };
}
