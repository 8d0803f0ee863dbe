import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ClusterFacts } from '../facts.ts';
import { folder } from '../testing/folder.ts';
import { loadSkill, skillOf } from './load.ts';

const text = '---\nname: look\ndescription: Looks at things. Use it when something has to be looked at.\n---\nLook.\n';

test('a skill is its description and its files', () => {
  const skills = folder({ 'look/SKILL.md': text, 'look/scripts/look.sh': '#!/bin/sh\n', 'other/SKILL.md': 'x' });
  expect(loadSkill(skills, 'look')).toEqual({
    skill: {
      name: 'look',
      description: 'Looks at things. Use it when something has to be looked at.',
      files: { 'SKILL.md': text, 'scripts/look.sh': '#!/bin/sh\n' },
    },
    problems: [],
  });
});

test('a skill that is missing is told with those that are there', () => {
  const skills = folder({ 'look/SKILL.md': text, 'ask/SKILL.md': text, 'README.md': '' });
  expect(loadSkill(skills, 'none')).toEqual({
    problems: [
      {
        message: "skill none: there is no none/SKILL.md in the cluster's skills folder",
        help: 'There are: ask, look. Correct the name, add the skill, or point the cluster at another folder with `skills`.',
      },
    ],
  });
});

test('a folder without SKILL.md is no skill', () => {
  const { skill, problems } = loadSkill(folder({ 'empty/README.md': '' }), 'empty');
  expect(skill).toBeUndefined();
  expect(problems).toHaveLength(1);
  expect(problems[0]?.message).toBe("skill empty: there is no empty/SKILL.md in the cluster's skills folder");
});

test.each(['../secrets', 'a/b', '/etc', 'Look', '.', ''])('"%s" leads nowhere', (name) => {
  expect(loadSkill(folder({ 'secrets/SKILL.md': text }), name)).toEqual({
    problems: [
      { message: `skill ${name}: not a skill name`, help: 'Use lowercase letters, digits and single hyphens.' },
    ],
  });
});

test('hidden characters are found in every file, and binary files are named', () => {
  const skills = folder({ 'look/SKILL.md': text, 'look/notes.md': 'a\u{202E}b\n' });
  writeFileSync(join(skills, 'look/logo.png'), Buffer.from([0x89, 0xff]));
  const { skill, problems } = loadSkill(skills, 'look');
  expect(Object.keys(skill?.files ?? {})).toEqual(['SKILL.md', 'notes.md']);
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^skill look: .*notes\.md/),
    'skill look: not UTF-8 text: logo.png',
  ]);
});

test('a link is told, and what it leads to stays where it is', () => {
  const skills = folder({ 'look/SKILL.md': text, secret: 'x' });
  symlinkSync('../secret', join(skills, 'look/notes.md'));
  const { skill, problems } = loadSkill(skills, 'look');
  expect(skill?.files).toEqual({ 'SKILL.md': text });
  expect(problems).toEqual([
    {
      message: 'skill look: neither files nor folders: notes.md',
      why: 'A link would copy what is outside the skill into a ConfigMap.',
      help: 'Replace links by what they lead to.',
    },
  ]);
});

test('agents of a cluster share the reading of a skill, and clusters do not', () => {
  const skills = folder({ 'look/SKILL.md': text });
  const [one, other] = [{ skills } as ClusterFacts, { skills } as ClusterFacts];
  const read = skillOf(one, 'look');
  rmSync(join(skills, 'look/SKILL.md'));
  expect(skillOf(one, 'look')).toBe(read);
  expect(read.problems).toEqual([]);
  expect(skillOf(other, 'look').skill).toBeUndefined();
});
