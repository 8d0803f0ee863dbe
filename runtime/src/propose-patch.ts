import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from './config.ts';
import { openForge } from './forge.ts';
import { Git } from './git.ts';
import { filterOutbound } from './outbound.ts';
import { patchPath, readablePath } from './patch-path.ts';
import { readSecret, redact } from './secrets.ts';
import { defineTool, type Toolbox } from './tool.ts';
import { PathError } from './workspace.ts';

type PatchConfig = NonNullable<Config['tools']['proposePatch']>;

const readLimit = 262_144;
const change = z.strictObject({
  path: z.string().describe('Relative to the repository.'),
  text: z.string().nullable().optional().describe('The whole new text; null removes the file.'),
  edits: z
    .array(z.strictObject({ old: z.string().min(1).describe('Occurs exactly once.'), new: z.string() }))
    .optional()
    .describe('Instead of `text`, for a file that exists.'),
});
type Change = z.output<typeof change>;

/**
 * Changes to a repository as pull requests: the one way in which the agent asks for a change. The model names neither
 * branch nor remote; a new branch is made for each call, and no branch that exists is ever pushed to.
 */
export async function openProposePatch(config: Config, patch: PatchConfig): Promise<Toolbox> {
  // What a process left that was killed.
  for (const name of await readdir(config.state).catch(() => []))
    if (name.startsWith('patch-')) await rm(join(config.state, name), { recursive: true, force: true });

  const read = defineTool({
    name: 'repository_read',
    description: `Reads a file of ${patch.url} at ${patch.base}, or lists a folder.`,
    source: 'repository',
    input: z.strictObject({ path: z.string().default('') }),
    run: ({ path }, { signal }) =>
      cloned(config, patch, signal, async (repository) => {
        const clean = readablePath(path);
        const entry = clean === '' ? { mode: 'tree', id: `${repository.base}^{tree}` } : await repository.entry(clean);
        if (entry === undefined) throw new PathError(path, 'does not exist');
        return entry.mode === 'tree' ? repository.list(entry.id) : repository.text(path, entry, readLimit);
      }),
  });

  const propose = defineTool({
    name: 'propose_patch',
    description: `Proposes a change of ${patch.url} as a pull request for ${patch.base}; people decide about it. At most ${patch.maxFiles} files below ${patch.paths.join(', ')}.`,
    source: 'repository',
    input: z.strictObject({
      title: z.string().min(1).max(120),
      description: z.string().max(8000).describe('Markdown: what, why, and how it was found out.'),
      changes: z.array(change).min(1).max(patch.maxFiles),
    }),
    run: async ({ title, description, changes }, { idempotencyKey, signal }) => {
      const words = [title.replace(/\s+/g, ' '), description].map((text) =>
        filterOutbound(text, config.outbound.hosts),
      );
      const [clean = '', explained = ''] = words;
      const paths = changes.map(({ path }) => patchPath(path, patch));
      if (paths.some((path, index) => paths.indexOf(path) !== index)) throw new Error('a path occurs twice');
      const given = changes.flatMap(({ text, edits }) => [text ?? '', ...(edits ?? []).map((edit) => edit.new)]);
      for (const text of [...words, ...given])
        if (redact(text) !== text) throw new Error('there is something in it that looks like a credential');
      if (given.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > patch.maxBytes)
        throw new Error(`the patch has more than ${patch.maxBytes} bytes`);

      return cloned(config, patch, signal, async (repository) => {
        const tree = await repository.tree(changes.map((one, index) => ({ ...one, path: paths[index] ?? '' })));
        const commit = await repository.commit(tree, `${clean}\n\n${explained}`.trim());
        // Of a repeated run too, so that it finds what the first one made.
        const topic = `${config.agent.name}-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 12)}`;
        if (patch.forge === 'agit') return repository.pushForReview(commit, topic);
        const branch = `${patch.branchPrefix}${topic}`;
        await repository.pushBranch(commit, branch);
        const forge = openForge(patch.forge, patch.url, patch.api, readSecret(patch.token));
        const proposal = { branch, base: patch.base, title: clean, description: explained };
        const known = await forge.find(proposal, signal);
        return known === undefined ? `proposed: ${await forge.open(proposal, signal)}` : `proposed already: ${known}`;
      });
    },
  });

  return { tools: () => [read, propose] };
}

/** A clone without files and without history, gone afterwards. */
async function cloned<T>(
  { state, agent }: Config,
  patch: PatchConfig,
  signal: AbortSignal,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(state, 'patch-'));
  try {
    const author = { name: agent.name, email: `${agent.name}@localhost` };
    const git = new Git(dir, patch.url, readSecret(patch.token), author, signal);
    const shape = ['--bare', '--depth=1', '--single-branch', '--no-tags', '--filter=blob:none', '--template='];
    await git.run(['clone', '--quiet', ...shape, `--branch=${patch.base}`, '--', patch.url, '.']);
    const { stdout } = await git.run(['rev-parse', '--verify', `refs/heads/${patch.base}^{commit}`]);
    return await work(new Repository(git, stdout.trim(), patch));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface Entry {
  /** Six octal digits, or `tree`. */
  readonly mode: string;
  readonly id: string;
}

class Repository {
  readonly #git: Git;
  readonly #patch: PatchConfig;
  /** Commit that the base branch points to. */
  readonly base: string;

  constructor(git: Git, base: string, patch: PatchConfig) {
    this.#git = git;
    this.#patch = patch;
    this.base = base;
  }

  /** @throws PathError for a path that a link or a submodule is part of */
  async entry(path: string): Promise<Entry | undefined> {
    const parts = path.split('/');
    const prefixes = parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
    const { stdout } = await this.#git.run(['ls-tree', '-z', '--full-tree', this.base, '--', ...prefixes]);
    const entries = new Map<string, Entry>();
    for (const line of stdout.split('\0')) {
      const [, mode, type, id, name] = /^(\d+) (\w+) (\w+)\t([\s\S]*)$/.exec(line) ?? [];
      // A folder comes with what is in it when something below it is asked for too.
      if (mode === undefined || id === undefined || name === undefined || !prefixes.includes(name)) continue;
      if (mode === '120000') throw new PathError(name, 'is a symbolic link');
      if (mode === '160000') throw new PathError(name, 'is a submodule');
      if (type !== 'tree' && name !== path) throw new PathError(name, 'is not a folder');
      entries.set(name, { mode: type === 'tree' ? 'tree' : mode, id });
    }
    return entries.get(path);
  }

  async list(tree: string): Promise<string> {
    const { stdout } = await this.#git.run(['ls-tree', '-z', tree]);
    const names = stdout.split('\0').filter((line) => line !== '');
    return names.map((line) => `${line.replace(/^[^\t]*\t/, '')}${line.includes(' tree ') ? '/' : ''}`).join('\n');
  }

  async text(path: string, { id }: Entry, limit: number): Promise<string> {
    const size = Number((await this.#git.run(['cat-file', '-s', id])).stdout);
    if (size > limit) throw new PathError(path, `has ${size} bytes, more than ${limit}`);
    return (await this.#git.run(['cat-file', 'blob', id])).stdout;
  }

  /** The base's tree with the changes in it; made in the index, not in files. */
  async tree(changes: readonly Change[]): Promise<string> {
    const lines: string[] = [];
    for (const { path, text, edits } of changes) {
      if ((text === undefined) === (edits === undefined)) throw new PathError(path, 'needs either `text` or `edits`');
      const entry = await this.entry(path);
      if (entry?.mode === 'tree') throw new PathError(path, 'is a folder');
      if (entry === undefined && (text === null || edits !== undefined)) throw new PathError(path, 'does not exist');
      if (text === null) {
        lines.push(`0 ${'0'.repeat(this.base.length)}\t${path}`);
        continue;
      }
      const input = text ?? edited(path, await this.text(path, entry as Entry, this.#patch.maxBytes), edits ?? []);
      const { stdout } = await this.#git.run(['hash-object', '-w', '--stdin'], { input });
      lines.push(`${entry?.mode ?? '100644'} ${stdout.trim()}\t${path}`);
    }
    await this.#git.run(['read-tree', this.base]);
    await this.#git.run(['update-index', '-z', '--index-info'], { input: lines.map((line) => `${line}\0`).join('') });
    // The files that stay were not fetched.
    const tree = (await this.#git.run(['write-tree', '--missing-ok'])).stdout.trim();
    const before = await this.#git.run(['rev-parse', `${this.base}^{tree}`]);
    if (tree === before.stdout.trim()) throw new Error('the patch changes nothing');
    return tree;
  }

  /** With the date of its parent: the same change of the same base is the same commit. */
  async commit(tree: string, message: string): Promise<string> {
    const date = `${(await this.#git.run(['show', '-s', '--format=%ct', this.base])).stdout.trim()} +0000`;
    const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    const args = ['commit-tree', tree, '-p', this.base, '-F', '-'];
    return (await this.#git.run(args, { input: `${message}\n`, env })).stdout.trim();
  }

  /** Makes a branch; leaves the one that is there as it is: an earlier try of the same call made it. */
  async pushBranch(commit: string, branch: string): Promise<void> {
    const ref = `refs/heads/${branch}`;
    const { stdout } = await this.#git.run(['ls-remote', 'origin', ref]);
    if (stdout.trim() !== '') return;
    // The lease says that the branch must not exist; nothing that exists can be overwritten with it.
    await this.#git.run(['push', '--quiet', '--no-verify', `--force-with-lease=${ref}:`, 'origin', `${commit}:${ref}`]);
  }

  /**
   * AGit: the push itself opens the pull request, whose title and description are the commit's (Forgejo 11 and Gitea,
   * services/agit/agit.go). One topic is one open pull request, which the server does not let a second commit replace.
   */
  async pushForReview(commit: string, topic: string): Promise<string> {
    const { stdout } = await this.#git.run(['ls-remote', 'origin', 'refs/pull/*/head']);
    const known = stdout.split('\n').find((line) => line.startsWith(commit));
    if (known !== undefined) return `proposed already: ${known.split('\t')[1]}`;
    const refspec = `${commit}:refs/for/${this.#patch.base}`;
    const { stderr } = await this.#git.run(['push', '--no-verify', `--push-option=topic=${topic}`, 'origin', refspec]);
    const { origin } = new URL(this.#patch.url);
    const address = [...stderr.matchAll(/^remote: .*?(https?:\/\/\S+)/gm)].find(([, url]) =>
      url?.startsWith(`${origin}/`),
    );
    return `proposed: ${address?.[1] ?? `topic ${topic}`}`;
  }
}

function edited(path: string, before: string, edits: readonly { old: string; new: string }[]): string {
  let text = before;
  for (const { old, new: replacement } of edits) {
    const at = text.indexOf(old);
    if (at < 0) throw new PathError(path, `does not hold ${JSON.stringify(old.slice(0, 80))}`);
    if (text.indexOf(old, at + 1) >= 0)
      throw new PathError(path, `holds ${JSON.stringify(old.slice(0, 80))} more than once`);
    text = text.slice(0, at) + replacement + text.slice(at + old.length);
  }
  return text;
}
