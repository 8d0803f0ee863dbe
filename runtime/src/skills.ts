import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { readProperties, validate } from 'skills-ref';
import { z } from 'zod';
import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { defineTool, type Toolbox } from './tool.ts';

interface Skill {
  readonly name: string;
  readonly description: string;
  readonly dir: string;
}

const fileLimit = 131_072;

/** Skills by the agentskills.io format: the catalog is in the prompt, a skill's text is read when the model asks for it. */
export async function openSkills(config: Pick<Config, 'skills' | 'workspace'>, log: Logger): Promise<Toolbox> {
  const root = config.skills ?? join(config.workspace, 'skills');
  const skills = new Map<string, Skill>();
  const problems: string[] = [];
  for (const { name, errors, skill } of await inspectSkills(root)) {
    if (skill !== undefined) skills.set(name, skill);
    else problems.push(`skill ${name} is left out: ${errors.join('; ')}`);
  }
  for (const problem of problems) log.warn(problem);

  const skill = defineTool({
    name: 'skill',
    description:
      'Reads a skill by its name, or one of its files. Do so before you work on something that a skill is about.',
    input: z.strictObject({ name: z.string(), file: z.string().optional() }),
    run: async ({ name, file }) => {
      const found = skills.get(name);
      if (found === undefined) throw new Error(`there is no skill ${JSON.stringify(name)}`);
      if (file !== undefined) return readWithin(found.dir, file);
      const text = await readWithin(found.dir, 'SKILL.md');
      const files = (await filesBelow(found.dir)).filter((path) => path !== 'SKILL.md');
      return `<skill name="${name}">\n${body(text)}\n</skill>\n${files.length === 0 ? '' : `Files: ${files.join(', ')}`}`.trim();
    },
  });

  return {
    tools: () => (skills.size === 0 ? [] : [skill]),
    prompt: async () =>
      skills.size === 0
        ? ''
        : `Skills, to be read with the tool \`skill\`:\n${[...skills.values()].map(({ name, description }) => `- ${name}: ${description.replace(/\s+/g, ' ')}`).join('\n')}`,
    problems: () => problems,
  };
}

/** Every folder below `root`, with what the reference library says about it; nothing when there is no `root`. */
export async function inspectSkills(root: string): Promise<{ name: string; errors: string[]; skill?: Skill }[]> {
  const names = await readdir(root).catch(() => []);
  const inspected = await Promise.all(
    names.toSorted().map(async (name) => {
      const dir = join(root, name);
      // `..data` and its like are how a kubelet updates a mounted volume.
      if (name.startsWith('.') || !(await stat(dir)).isDirectory()) return [];
      const errors = await validate(dir);
      if (errors.length > 0) return [{ name, errors }];
      return [{ name, errors, skill: { name, dir, description: (await readProperties(dir)).description } }];
    }),
  );
  return inspected.flat();
}

// skills-ref's own reader ends the text at the first `---` in it.
function body(text: string): string {
  return text.replace(/^---\r?\n[\s\S]*?\r?\n---[ \t]*(?:\r?\n|$)/, '').trim();
}

/** Mounted files are symbolic links; what counts is where they lead. */
async function readWithin(dir: string, file: string): Promise<string> {
  const root = await realpath(dir);
  const path = await realpath(join(root, file)).catch(() => undefined);
  // A ConfigMap's files lead to `..data`, a sibling of a skill that is mounted as a whole volume.
  if (path === undefined || !path.startsWith(root + sep))
    throw new Error(`the skill has no file ${JSON.stringify(file)}`);
  const { size } = await stat(path);
  if (size > fileLimit) throw new Error(`${file} is larger than ${fileLimit} bytes`);
  return readFile(path, 'utf8');
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(sep).some((part) => part.startsWith('.')))
    .toSorted();
}
