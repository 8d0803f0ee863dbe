import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSkills } from './skills.ts';
import { inbound, recordedLog, temporaryFolder } from './testing.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

function put(path: string, text: string): void {
  const file = join(folder.workspace, 'skills', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
const skillText = (name: string, rest = 'Do this.') =>
  `---\nname: ${name}\ndescription: About ${name}.\n---\n${rest}\n`;

async function open(skills?: string) {
  const box = await openSkills({ workspace: folder.workspace, skills }, recordedLog().log);
  const call = (input: object) =>
    box.tools()[0]?.run(input, {
      message: inbound('a'),
      idempotencyKey: 'a/1',
      tainted: false,
      signal: new AbortController().signal,
    });
  return { box, call };
}

test('the catalog is in the prompt, the text is read on demand, all of it', async () => {
  put('storage-checks/SKILL.md', skillText('storage-checks', 'First.\n\n---\n\nAfter a rule.'));
  put('storage-checks/scripts/check.sh', 'df');
  const { box, call } = await open();
  expect(await box.prompt?.()).toBe(
    'Skills, to be read with the tool `skill`:\n- storage-checks: About storage-checks.',
  );
  expect(await call({ name: 'storage-checks' })).toBe(
    '<skill name="storage-checks">\nFirst.\n\n---\n\nAfter a rule.\n</skill>\nFiles: scripts/check.sh',
  );
  expect(await call({ name: 'storage-checks', file: 'scripts/check.sh' })).toBe('df');
});

test('a skill that the reference library refuses is left out, and said', async () => {
  put('good/SKILL.md', skillText('good'));
  put('Bad/SKILL.md', skillText('Bad'));
  put('other-name/SKILL.md', skillText('something'));
  put('empty/readme.md', '');
  const { box, call } = await open();
  expect(box.problems?.().map((problem) => problem.split(' is ')[0])).toEqual([
    'skill Bad',
    'skill empty',
    'skill other-name',
  ]);
  await expect(call({ name: 'Bad' })).rejects.toThrow('there is no skill "Bad"');
});

test('no file outside of the skill is read, by path or by link', async () => {
  put('one/SKILL.md', skillText('one'));
  put('two/SKILL.md', skillText('two'));
  writeFileSync(join(folder.path, 'outside'), 'canary');
  symlinkSync(join(folder.path, 'outside'), join(folder.workspace, 'skills/one/link'));
  const { call } = await open();
  for (const file of ['../two/SKILL.md', '/etc/passwd', 'link', '../../../outside', 'none']) {
    await expect(call({ name: 'one', file })).rejects.toThrow('the skill has no file');
  }
});

test('skills that a kubelet mounts from a ConfigMap are read', async () => {
  const root = join(folder.path, 'mounted');
  mkdirSync(join(root, 'one/..2026/'), { recursive: true });
  writeFileSync(join(root, 'one/..2026/SKILL.md'), skillText('one'));
  symlinkSync('..2026', join(root, 'one/..data'));
  symlinkSync('..data/SKILL.md', join(root, 'one/SKILL.md'));
  const { call } = await open(root);
  expect(await call({ name: 'one' })).toBe('<skill name="one">\nDo this.\n</skill>');
});

test('without skills there is no tool', async () => {
  const { box } = await open();
  expect([box.tools(), await box.prompt?.()]).toEqual([[], '']);
});
