import { expect, test } from 'vitest';
import { hasShellScript, runnableFiles, skillProblems } from './skills.ts';

const skill = (files: Record<string, string>) => ({ name: 'probe', description: 'Probes.', files });
const why = 'ZeroClaw would drop the whole skill, and only warn in its log.';
const quote = 'Write it as code (`…`) instead of a link.';

test.each<[name: string, files: Record<string, string>, message: string, help: string]>([
  [
    'a link to a script',
    { 'SKILL.md': 'Run [it](scripts/check.sh).', 'scripts/check.sh': '' },
    'skill probe: SKILL.md links to the script scripts/check.sh',
    quote,
  ],
  [
    'a link to a file that is not there',
    { 'SKILL.md': '[x](docs/missing.md)' },
    'skill probe: SKILL.md links to docs/missing.md, which the skill does not have',
    'Add the file, or remove the link.',
  ],
  [
    'a link to a folder',
    { 'SKILL.md': '[x](notes.md "title")', 'notes.md/a.txt': '' },
    'skill probe: SKILL.md links to the folder notes.md',
    'Link to a file in it.',
  ],
  [
    'an absolute link',
    { 'docs/a.md': '[x](/etc/passwd)' },
    'skill probe: docs/a.md links to the absolute path /etc/passwd',
    'Link relative to the file.',
  ],
  [
    'a link with another scheme',
    { 'SKILL.md': '[x](ftp://example.org/x)' },
    'skill probe: SKILL.md links to ftp://example.org/x, and only http, https and mailto may be linked',
    quote,
  ],
  [
    'a file that is too large',
    { 'SKILL.md': 'x'.repeat(512 * 1024 + 1) },
    'skill probe: SKILL.md is larger than 524288 bytes',
    'Split it.',
  ],
  [
    'a second manifest',
    { 'SKILL.md': '', 'SKILL.toml': '' },
    'skill probe: SKILL.toml would be read instead of SKILL.md',
    'Remove it.',
  ],
])('%s', (_, files, message, help) => {
  expect(skillProblems(skill(files))).toEqual([{ message, why, help }]);
});

test('links that upstream allows', () => {
  const text = [
    '[a](https://example.org/a.sh) [b](mailto:a@example.org) [c](#part) [d](docs/d.md#part) [e](./d2.md?x)',
    '[f](../other/SKILL.md) [g](other.md) ![h](images/h.png) [i](<docs/d.md>) `scripts/check.sh`',
  ];
  expect(skillProblems(skill({ 'SKILL.md': text.join('\n'), 'docs/d.md': '[up](../SKILL.md)' }))).toEqual([]);
});

test('a link to a script is refused by its suffix, whether the script is there or not', () => {
  expect(skillProblems(skill({ 'SKILL.md': '[a](a.BAT)' })).map(({ message }) => message)).toEqual([
    'skill probe: SKILL.md links to the script a.BAT',
  ]);
});

test('which skills need allow_scripts', () => {
  expect(
    hasShellScript(skill({ 'SKILL.md': '#!/bin/sh in the text is none', 'a.py': '#!/usr/bin/env python3\n' })),
  ).toBe(true);
  expect(hasShellScript(skill({ 'SKILL.md': '# x', 'a.py': '#!/usr/bin/env python3\n' }))).toBe(false);
  expect(hasShellScript(skill({ 'SKILL.md': '# x', 'check.sh': '' }))).toBe(true);
  expect(hasShellScript(skill({ 'SKILL.md': '# x', check: '#!/usr/bin/env -S bash -e\n' }))).toBe(true);
});

test('what can be run is what names its interpreter', () => {
  const files = {
    'SKILL.md': '',
    'a/run.py': '#!/usr/bin/env python3\n',
    'b.sh': 'echo',
    'c d.sh': '#!/bin/sh',
    e: '#!\n',
  };
  expect(runnableFiles(skill(files))).toEqual(['a/run.py']);
});
