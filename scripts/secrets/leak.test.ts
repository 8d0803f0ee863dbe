import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { chitin } from '../testing/repository-copy.ts';
import { labCopy, type RunOptions, standIn } from './testing/copy.ts';

/** A value that is nowhere else in the world. */
const canary = () => `canary-${randomBytes(12).toString('hex')}`;

/** Everything that a value can look like when it gets out. */
function forms(value: string): string[] {
  const bytes = Buffer.from(value);
  // Without the last characters, base64 of it is the same inside of a longer text.
  return [value, bytes.toString('base64').slice(0, 28), bytes.toString('hex'), encodeURIComponent(value)];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A copy in which every run is watched: what it says, what it leaves behind, and what the programs that it starts get. */
async function watched() {
  const copy = await labCopy();
  const temporary = mkdtempSync(join(tmpdir(), 'chitin-leak-'));
  const values = mkdtempSync(join(tmpdir(), 'chitin-values-'));
  onTestFinished(() => {
    for (const folder of [temporary, values]) rmSync(folder, { recursive: true });
  });
  const bin = join(values, 'bin');
  mkdirSync(bin);
  const secrets: string[] = [];
  const said: { readonly args: readonly string[]; readonly text: string }[] = [];
  const run = async (args: readonly string[], { input, env }: RunOptions = {}) => {
    const options = { ...(input === undefined ? {} : { input }) };
    const path = `${bin}:${process.env.PATH}`;
    const result = await copy.run(args, { ...options, env: { TMPDIR: temporary, PATH: path, ...env } });
    said.push({ args, text: result.stdout + result.stderr });
    return result;
  };
  /** A new value, and a file with it. */
  const secret = (around: (value: string) => string | Buffer = (value) => value) => {
    const value = canary();
    secrets.push(value);
    const file = join(values, value.slice(-8));
    writeFileSync(file, around(value));
    return { value, file, text: readFileSync(file) };
  };
  const nothingOut = () => {
    const all = secrets.flatMap(forms);
    const holds = (text: string | Buffer) => all.some((form) => text.includes(form));
    expect(said.filter(({ text }) => holds(text)).map(({ args }) => args[0])).toEqual([]);
    const files = [...filesBelow(temporary), ...filesBelow(copy.folder)];
    expect(files.filter((file) => holds(readFileSync(file)))).toEqual([]);
    if (existsSync('/dev/shm'))
      expect(readdirSync('/dev/shm').filter((name) => name.startsWith('chitin-'))).toEqual([]);
  };
  const notGiven = ({ calls }: ReturnType<typeof standIn>, least: number) => {
    const given = calls().map(({ argv, env }) => JSON.stringify([argv, env]));
    expect(given.length).toBeGreaterThanOrEqual(least);
    for (const value of secrets)
      for (const form of forms(value)) expect(given.filter((text) => text.includes(form))).toEqual([]);
  };
  return { ...copy, run, secret, secrets, bin, nothingOut, notGiven };
}

// Each starts the command line dozens of times.
const timeout = 300_000;

test('the test itself sees a value that gets out', { timeout }, async () => {
  const { run, secret, nothingOut, keyFile } = await watched();
  await run(['set', 'lab', 'claw-matrix', 'password'], { input: secret().value });
  await run(['show', 'lab', 'claw-matrix', 'password', '--reveal'], { env: { SOPS_AGE_KEY_FILE: keyFile } });
  expect(nothingOut).toThrow();
});

test('SOPS: no value gets out, whatever a command does', { timeout }, async () => {
  const { run, secret, secrets, nothingOut, keyFile, folder } = await watched();
  for (const debug of [{}, { CHITIN_DEBUG: '1' }]) {
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
    expect(
      (await run(password, { env: { ...debug, SOPS_AGE_KEY_FILE: key.file }, input: secret().text })).exitCode,
    ).toBe(2);

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
  }
  const env = { SOPS_AGE_KEY_FILE: keyFile };
  // In the wrong place.
  const { value } = secret();
  const set = ['set', 'lab', 'claw-matrix', 'password'];
  const wrong = [
    [...set, value],
    [...set, `--value=${value}`],
    [...set, `-${value}`],
    ['set', 'lab', 'claw-matrix', value],
    ['set', 'lab', value, 'password'],
    ['set', value, 'claw-matrix', 'password'],
    [...set, '--from-file', value],
    [...set, '--from-env', value],
    ['show', 'lab', 'claw-matrix', value],
    ['remove', 'lab', 'claw-matrix', value],
    ['generate', 'lab', 'claw-gateway', 'token', '--bytes', value],
    ['list', '--format', value],
    ['verify', value],
    ['scan', value],
    ['scan', '--range', value],
  ];
  const debug = { ...env, CHITIN_DEBUG: '1' };
  const results = await Promise.all(wrong.map((args) => run(args, { env: debug, input: value })));
  expect(results.map(({ exitCode }, index) => [wrong[index]?.[0], exitCode])).toEqual(wrong.map(([name]) => [name, 2]));
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
  for (const NODE_OPTIONS of crashes) {
    for (const CHITIN_DEBUG of ['', '1']) {
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
