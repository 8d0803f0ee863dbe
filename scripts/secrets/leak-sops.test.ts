import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { chitin } from '../testing/repository-copy.ts';
import { standIn } from './testing/copy.ts';
import { watched } from './testing/watched.ts';

// Each starts the command line some dozen times.
const timeout = 300_000;

test('SOPS: no value gets out, whatever a command does', { timeout }, async () => {
  const { run, secret, secrets, nothingOut, keyFile, folder } = await watched();
  // What is said then is more, and never less.
  const debug = { CHITIN_DEBUG: '1' };
  const env = { ...debug, SOPS_AGE_KEY_FILE: keyFile };
  const password = ['set', 'lab', 'claw-matrix', 'password'];
  const given = secret();
  expect((await run(password, { env, input: given.text })).exitCode).toBe(0);
  expect((await run([...password, '--from-file', secret().file], { env })).exitCode).toBe(0);
  expect((await run([...password, '--from-env', 'VALUE'], { env: { ...env, VALUE: secret().value } })).exitCode).toBe(
    0,
  );
  expect((await run([...password, '--dry-run'], { env, input: secret().text })).exitCode).toBe(0);
  const lines = secret((value) => `first\n${value}\r\nkey: [${value}`);
  expect((await run(['set', 'lab', 'claw-matrix', 'recovery-key'], { env, input: lines.text })).exitCode).toBe(0);
  const binary = secret((value) => Buffer.concat([Buffer.from([0xff, 0]), Buffer.from(value)]));
  expect((await run(['set', 'lab', 'claw-kubeconfig', 'config'], { env, input: binary.text })).exitCode).toBe(0);

  // Too large; no private key; the wrong one.
  const large = secret((text) => text + 'x'.repeat(1024 * 1024));
  expect((await run(password, { env, input: large.text })).exitCode).toBe(2);
  expect((await run(password, { env: debug, input: secret().text })).exitCode).toBe(2);
  const key = secret((text) => `AGE-SECRET-KEY-1${text.toUpperCase().slice(0, 10)}\n`);
  expect((await run(password, { env: { ...debug, SOPS_AGE_KEY_FILE: key.file }, input: secret().text })).exitCode).toBe(
    2,
  );

  for (const args of [
    ['list'],
    ['list', '--format', 'json'],
    ['verify'],
    ['verify', '--format', 'json'],
    ['scan'],
    ['rotate', 'lab'],
  ])
    await run(args, { env });
  for (const format of ['text', 'json'])
    expect((await run(['show', 'lab', 'claw-matrix', '--format', format], { env })).exitCode).toBe(0);
  await run(['generate', 'lab', 'claw-gateway', 'token'], { env });
  const reveal = await execa(
    'node',
    ['scripts/chitin.ts', 'secrets', 'show', 'lab', 'claw-gateway', 'token', '--reveal'],
    {
      cwd: folder,
      preferLocal: true,
      env: { ...env, CHITIN_SOPS: 'embedded' },
    },
  );
  expect(reveal.stdout).toMatch(/^zc_/);
  secrets.push(reveal.stdout);
  expect((await chitin(folder, 'synth', 'lab')).exitCode).toBe(1);
  nothingOut();
});

test('an editor: no value stays anywhere, and what is wrong with the text is not quoted', {
  timeout,
}, async (context) => {
  if (!existsSync('/dev/shm')) return context.skip('this machine has no /dev/shm');
  const { run, secret, nothingOut, notGiven, keyFile, bin } = await watched();
  const env = { SOPS_AGE_KEY_FILE: keyFile, VISUAL: '', CHITIN_DEBUG: '1' };
  await run(['set', 'lab', 'claw-matrix', 'password'], { input: secret().text });
  const next = secret();
  for (const [script, code] of [
    [`require('fs').writeFileSync(argv[0], 'password: ' + readFileSync(${JSON.stringify(next.file)})), 0`, 0],
    [`require('fs').writeFileSync(argv[0], '[' + readFileSync(${JSON.stringify(next.file)})), 0`, 2],
    [`require('fs').writeFileSync(argv[0], readFileSync(${JSON.stringify(next.file)}) + ': x'), 0`, 2],
    ['1', 2],
  ] as const) {
    const editor = standIn(bin, 'editor', script);
    expect([
      script,
      (await run(['edit', 'lab', 'claw-matrix'], { env: { ...env, EDITOR: 'editor' } })).exitCode,
    ]).toEqual([script, code]);
    notGiven(editor, 1);
  }
  nothingOut();
});

test('the sops program gets values on its stdin alone', { timeout }, async () => {
  const { run, secret, nothingOut, notGiven, keyFile, bin } = await watched();
  const real = (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, 'sops'))
    .find((file) => existsSync(file));
  if (real === undefined) console.log('there is no sops on the PATH: a stand-in that always fails takes its place');
  const passOn = `(() => { const { status, stdout } = require('node:child_process').spawnSync(${JSON.stringify(real)}, argv, { input }); process.stdout.write(stdout); return status; })()`;
  const sops = standIn(bin, 'sops', real === undefined ? '1' : passOn);
  const env = { SOPS_AGE_KEY_FILE: keyFile, CHITIN_SOPS: 'PATH' };
  const expected = real === undefined ? 2 : 0;
  const first = secret();
  const args = ['set', 'lab', 'claw-matrix', 'password', '--from-env', 'VALUE'];
  expect((await run(args, { env: { ...env, VALUE: first.value } })).exitCode).toBe(expected);
  expect((await run(['set', 'lab', 'claw-matrix', 'password'], { env, input: secret().text })).exitCode).toBe(expected);
  expect((await run(['show', 'lab', 'claw-matrix'], { env })).exitCode).toBe(expected);
  await run(['rotate', 'lab'], { env });
  notGiven(sops, 1);
  nothingOut();
});
