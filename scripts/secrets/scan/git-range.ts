import { execa } from 'execa';
import { UsageError } from '../../usage-error.ts';
import type { Text } from './texts.ts';

/** What a diff shows must not depend on how somebody configured git. */
const plain = ['-c', 'core.quotePath=false', '-c', 'diff.noprefix=false', '-c', 'diff.mnemonicPrefix=false'];

/**
 * The lines that the commits of a range add, each commit by itself: what a later one takes away is in the history still. Then,
 * for YAML and JSON, the whole file as that commit left it, since an object says more than a line.
 *
 * @param range `A..B` as git takes it
 * @throws UsageError when it is no range, or git cannot read it
 */
export async function textsOfRange(repository: string, range: string): Promise<{ added: Text[]; whole: Text[] }> {
  if (!/^[^-\s][^\s]*\.\.[^-\s.][^\s]*$|^[^-\s][^\s]*\.\.$/.test(range))
    throw new UsageError('secrets scan: --range wants two commits: A..B');
  const args = ['log', '-p', '--unified=0', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames'];
  const log = await git(repository, [
    ...args,
    '--diff-merges=separate',
    '--format=commit %H',
    '--end-of-options',
    range,
  ]);
  const added = addedLines(log);
  const structured = new Map(
    added
      .filter(({ path }) => /\.(ya?ml|json)$/.test(path))
      .map(({ commit, path }) => [`${commit}:${path}`, { commit, path }]),
  );
  const whole: Text[] = [];
  for (const [name, { commit, path }] of structured)
    whole.push({
      path,
      text: await git(repository, ['cat-file', 'blob', name]),
      ...(commit === undefined ? {} : { commit }),
    });
  return { added, whole };
}

async function git(repository: string, args: readonly string[]): Promise<string> {
  const options = { cwd: repository, reject: false, stripFinalNewline: false, maxBuffer: 1024 ** 3 } as const;
  const { exitCode, stdout } = await execa('git', [...plain, ...args], options);
  if (exitCode !== 0) throw new UsageError('secrets scan: git cannot read that range here (git log says why)');
  return stdout;
}

/** The added lines of each file of each commit, from a patch with no lines around them. */
export function addedLines(log: string): Text[] {
  const found = new Map<string, { path: string; commit: string; lines: number[]; texts: string[] }>();
  let commit = '';
  let path: string | undefined;
  let next = 0;
  let left = 0;
  for (const line of log.split('\n')) {
    if (left > 0) {
      if (line.startsWith('+')) {
        const key = `${commit}:${path}`;
        const entry = found.get(key) ?? { path: path ?? '', commit, lines: [], texts: [] };
        found.set(key, entry);
        entry.lines.push(next++);
        entry.texts.push(line.slice(1));
        left--;
      }
      continue;
    }
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk) {
      next = Number(hunk[1]);
      left = Number(hunk[2] ?? 1);
    } else if (/^commit [0-9a-f]{40,64}$/.test(line)) {
      commit = line.slice('commit '.length);
      path = undefined;
    } else if (line.startsWith('+++ '))
      path = line.startsWith('+++ b/') ? line.slice('+++ b/'.length).replace(/\t$/, '') : undefined;
  }
  return [...found.values()].map(({ texts, ...rest }) => ({ ...rest, text: texts.join('\n') }));
}
