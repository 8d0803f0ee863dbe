import { PathError, segments } from './workspace.ts';

// What a forge runs, or takes as rules, as soon as it is in a branch.
const workflowFolders = new Set([
  '.github',
  '.gitlab',
  '.forgejo',
  '.gitea',
  '.circleci',
  '.woodpecker',
  '.buildkite',
  '.drone',
]);
const workflowFiles =
  /^(?:\.gitlab-ci|\.drone|\.woodpecker|\.travis|\.appveyor|appveyor|azure-pipelines|bitbucket-pipelines|\.pre-commit-config)\.(?:ya?ml|jsonnet|star)$|^(?:jenkinsfile|codeowners)$/;
const gitFiles = /^(?:git~\d+|\.git|\.gitmodules|\.gitattributes|\.gitconfig)$/;

export interface PathRules {
  /** Folders, with a slash at the end, and files. */
  readonly paths: readonly string[];
  readonly workflows: boolean;
}

/**
 * A path in the repository that may be read; compared as a file system without upper case would.
 * @throws PathError
 */
export function readablePath(path: string): string {
  const parts = segments(path);
  const clean = parts.join('/');
  if (/[\p{Cc}\p{Cf}\p{Co}\\]/u.test(clean) || clean !== clean.normalize('NFC'))
    throw new PathError(path, 'has characters that do not belong in a path');
  // As NTFS does: full stops, spaces and what follows a colon at the end of a name do not count.
  const names = parts.map((part) =>
    part
      .toLowerCase()
      .replace(/:.*$/, '')
      .replace(/[ .]+$/, ''),
  );
  if (names.some((name) => gitFiles.test(name) || name === '')) throw new PathError(path, 'belongs to git');
  if (names.includes('secrets') || names.some((name) => /(?:^|\.)sops\.[a-z0-9]+$/.test(name)))
    throw new PathError(path, 'is for secrets, encrypted or not');
  return clean;
}

/**
 * A path that a patch may touch.
 * @throws PathError
 */
export function patchPath(path: string, { paths, workflows }: PathRules): string {
  const clean = readablePath(path);
  if (!paths.some((allowed) => (allowed.endsWith('/') ? clean.startsWith(allowed) : clean === allowed)))
    throw new PathError(path, `is not one of: ${paths.join(', ')}`);
  const names = clean.toLowerCase().split('/');
  if (!workflows && names.some((name) => workflowFolders.has(name) || workflowFiles.test(name)))
    throw new PathError(path, 'is run by the forge');
  return clean;
}
