import { spawnSync } from 'node:child_process';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { chitinProgram, labCopy } from './testing/copy.ts';

const set = 'secrets set lab claw-matrix password';

/** Runs a command on a terminal of its own (`script` of util-linux), and types once it asks. @returns all that the terminal showed */
async function onTerminal(folder: string, typed: string, command = `node ${chitinProgram} ${set}`) {
  const run = execa('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: folder,
    preferLocal: true,
    localDir: import.meta.dirname,
    reject: false,
    stripFinalNewline: false,
    env: { HOME: folder, CHITIN_SOPS: 'embedded', SOPS_AGE_KEY_FILE: undefined, SOPS_AGE_KEY: undefined },
  });
  let before = '';
  run.stdout.on('data', (data: Buffer) => {
    const asked = before.includes('(hidden): ');
    before += data.toString();
    if (!asked && before.includes('(hidden): ')) run.stdin.end(typed);
  });
  const { stdout, exitCode } = await run;
  return { shown: stdout, exitCode };
}

const without = spawnSync('script', ['--version']).stdout?.includes('util-linux')
  ? undefined
  : 'there is no `script` of util-linux';

test('the terminal shows what is typed, unless somebody tells it not to', async (context) => {
  if (without) return context.skip(without);
  const { folder } = await labCopy();
  expect((await onTerminal(folder, 'readable\r', "printf '(hidden): '; read line")).shown).toContain('readable');
});

test('a value that is typed on a terminal is not shown, and is set', async (context) => {
  if (without) return context.skip(without);
  const { folder, run, keyFile } = await labCopy();
  const { shown, exitCode } = await onTerminal(folder, 'corrrect\u007f\u0015correct horse\r');
  expect(exitCode).toBe(0);
  expect(shown.replaceAll('\r', '')).toBe(
    'password (password of @claw:this-is-fine.social) (hidden): \u001b[?2004h\u001b[?2004l\n' +
      'clusters/lab/secrets/zeroclaw/claw-matrix.yaml: password set\nwith it: .sops.yaml\n',
  );
  const reveal = ['show', 'lab', 'claw-matrix', 'password', '--reveal'];
  expect((await run(reveal, { env: { SOPS_AGE_KEY_FILE: keyFile } })).stdout).toBe('correct horse');

  const given = await onTerminal(folder, 'half a value\u0003');
  expect(given.exitCode).toBe(2);
  expect(given.shown).not.toContain('half');
  expect(given.shown).toContain('given up; nothing was changed');
});
