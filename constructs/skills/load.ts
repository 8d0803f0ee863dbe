import { join } from 'node:path';
import type { ClusterFacts } from '../facts.ts';
import { folderNames, readTextFolder } from '../files.ts';
import type { Problem } from '../problem.ts';
import type { PlacedSkill } from './skill.ts';
import { hiddenCharacters, parseSkill } from './skill-format.ts';

/** A skill, or what is wrong with it. */
export interface LoadedSkill {
  readonly skill?: PlacedSkill;
  readonly problems: readonly Problem[];
}

const loaded = new WeakMap<ClusterFacts, Map<string, LoadedSkill>>();

/** A skill of a cluster's folder, which is read once however many agents have it. */
export function skillOf(cluster: ClusterFacts, name: string): LoadedSkill {
  const known = loaded.get(cluster) ?? new Map<string, LoadedSkill>();
  loaded.set(cluster, known);
  const skill = known.get(name) ?? loadSkill(cluster.skills, name);
  known.set(name, skill);
  return skill;
}

/** Reads `<folder>/<name>/SKILL.md` and the files beside it. */
export function loadSkill(folder: string, name: string): LoadedSkill {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    return {
      problems: [
        { message: `skill ${name}: not a skill name`, help: 'Use lowercase letters, digits and single hyphens.' },
      ],
    };
  }
  const read = readTextFolder(join(folder, name));
  const text = read?.files['SKILL.md'];
  if (!read || text === undefined) {
    const known = folderNames(folder);
    return {
      problems: [
        {
          message: `skill ${name}: there is no ${name}/SKILL.md in the cluster's skills folder`,
          help: `There ${known.length > 0 ? `are: ${known.join(', ')}` : 'is none'}. Correct the name, add the skill, or point the cluster at another folder with \`skills\`.`,
        },
      ],
    };
  }
  const parsed = parseSkill(name, text);
  const others = Object.entries(read.files).filter(([file]) => file !== 'SKILL.md');
  const problems: Problem[] = [
    ...parsed.problems,
    ...others.flatMap(([file, content]) =>
      hiddenCharacters(file, content).map((problem) => ({ ...problem, message: `skill ${name}: ${problem.message}` })),
    ),
  ];
  if (read.special.length > 0) {
    problems.push({
      message: `skill ${name}: neither files nor folders: ${read.special.join(', ')}`,
      why: 'A link would copy what is outside the skill into a ConfigMap.',
      help: 'Replace links by what they lead to.',
    });
  }
  if (read.binary.length > 0) {
    problems.push({
      message: `skill ${name}: not UTF-8 text: ${read.binary.join(', ')}`,
      help: 'Leave binary files out, or put them into an image with imageSeed().',
    });
  }
  return { skill: { name, description: parsed.description, files: read.files }, problems };
}
