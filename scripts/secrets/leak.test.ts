import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { standIn } from './testing/copy.ts';
import { watched } from './testing/watched.ts';

// Each starts the command line some dozen times.
const timeout = 300_000;

test('the test itself sees a value that gets out', { timeout }, async () => {
  const { run, secret, nothingOut, keyFile } = await watched();
  await run(['set', 'lab', 'claw-matrix', 'password'], { input: secret().value });
  await run(['show', 'lab', 'claw-matrix', 'password', '--reveal'], { env: { SOPS_AGE_KEY_FILE: keyFile } });
  expect(nothingOut).toThrow();
});

test('Sealed Secrets and Vault: no value gets out', { timeout }, async () => {
  const { run, secret, nothingOut, notGiven, bin, folder } = await watched();
  const set = ['set', 'edge', 'claw-matrix', 'password'];
  expect((await run(set, { input: secret().text })).exitCode).toBe(0);
  expect((await run([...set, '--dry-run'], { input: secret().text })).exitCode).toBe(0);
  for (const args of [
    ['rotate', 'edge'],
    ['adopt', 'edge'],
    ['verify', 'edge'],
    ['show', 'edge', 'claw-matrix'],
    ['edit', 'edge', 'claw-matrix'],
  ])
    await run(args);
  const notACertificate = secret();
  expect((await run(['cert', 'pin', 'edge', notACertificate.file], { env: { CHITIN_DEBUG: '1' } })).exitCode).toBe(2);
  writeFileSync(join(folder, 'clusters/edge/sealed-secrets.pem'), 'no certificate\n');
  expect((await run(set, { input: secret().text })).exitCode).toBe(2);
  for (const status of ['0', '1']) {
    const vault = standIn(bin, 'vault', `(console.log(input), console.error(input), ${status})`);
    const media = ['set', 'media', 'openclaw-slack', 'bot-token', '--write-vault', 'secret', '--from-env', 'VALUE'];
    expect((await run(media, { env: { VALUE: secret().value, CHITIN_DEBUG: '1' } })).exitCode).toBe(
      status === '0' ? 0 : 2,
    );
    notGiven(vault, 1);
  }
  nothingOut();
});

test('a crash says where, and nothing of what was at hand', { timeout }, async () => {
  const { run, secret, nothingOut, folder, keyFile } = await watched();
  const { value } = secret();
  const hook = (body: string) =>
    `--import data:text/javascript,${encodeURIComponent(`import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module'; ${body}; syncBuiltinESMExports();`)}`;
  const thrown =
    "Object.assign(new TypeError('quotes ' + process.env.HINT + ' and more'), { stdout: process.env.HINT })";
  const crashes = [
    hook(`fs.renameSync = () => { throw ${thrown}; }`),
    hook(`fs.renameSync = () => { setTimeout(() => { throw ${thrown}; }); throw ${thrown}; }`),
    hook(`fs.renameSync = () => { Promise.reject(${thrown}); const end = Date.now() + 10; while (Date.now() < end); }`),
    hook(
      `fs.writeFileSync = () => { throw Object.assign(new Error('EIO ' + process.env.HINT), { code: 'EIO', syscall: 'write' }); }`,
    ),
  ];
  for (const [index, NODE_OPTIONS] of crashes.entries()) {
    // With the stack, which says more; the first without it too.
    for (const CHITIN_DEBUG of index === 0 ? ['', '1'] : ['1']) {
      const env = { NODE_OPTIONS, CHITIN_DEBUG, HINT: value, SOPS_AGE_KEY_FILE: keyFile };
      const { exitCode, stderr } = await run(['set', 'lab', 'claw-matrix', 'password'], { env, input: value });
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/chitin|secrets set/);
      expect(existsSync(join(folder, 'clusters/lab/secrets/zeroclaw/claw-matrix.yaml'))).toBe(false);
    }
  }
  nothingOut();
});

test('scan says where a token is, and does not repeat it', { timeout }, async () => {
  const { run, secrets, nothingOut, folder } = await watched();
  const token = `${'xox'}b-123456789012-1234567890123-${randomBytes(12).toString('hex')}`;
  secrets.push(token);
  const repository = join(folder, 'elsewhere');
  mkdirSync(join(repository, 'clusters'), { recursive: true });
  mkdirSync(join(repository, 'dist'));
  const file = join(repository, 'dist/config.yaml');
  writeFileSync(file, `kind: ConfigMap\nmetadata:\n  name: config\ndata:\n  token: ${token}\n  broken: [\n`);
  await execa('git', ['init', '-q'], { cwd: repository });
  await execa('git', ['add', '-A'], { cwd: repository });
  await execa(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.test', 'commit', '-q', '--allow-empty', '-m', 'one'],
    { cwd: repository },
  );
  writeFileSync(file, `${token}\n`);
  await execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', 'commit', '-q', '-a', '-m', 'two'], {
    cwd: repository,
  });
  for (const args of [
    [],
    ['--format', 'json'],
    ['--range', 'HEAD~1..HEAD'],
    ['--range', 'HEAD~1..HEAD', '--format', 'json'],
  ])
    expect((await run(['scan', ...args, ...(args[0] === '--range' ? [] : [file])])).exitCode).toBeGreaterThan(0);
  rmSync(repository, { recursive: true });
  nothingOut();
});
