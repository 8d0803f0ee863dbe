import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { runIn } from '../testing/copy.ts';
import { fingerprint } from './found.ts';

const token = `${'xox'}b-123456789012-1234567890123-abCDefGHijKLmnOPqrSTuvWX`;
const random = 'q7Zr2Xw9Lk4Vb8Nt3Hy6Pd1Mc5';

function repository(files: Readonly<Record<string, string | Buffer>>) {
  const folder = mkdtempSync(join(tmpdir(), 'chitin-scan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string | Buffer) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  mkdirSync(join(folder, 'clusters'));
  for (const [path, text] of Object.entries(files)) write(path, text);
  const git = (...args: readonly string[]) =>
    execa('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.test', ...args], { cwd: folder });
  return { folder, write, run: runIn(folder), git };
}

const configMap = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\n  namespace: demo\ndata:\n  settings: "key = ${value}"\n`;

test('a token is shown by its rule, its line and four characters, and never whole', async () => {
  const { run } = repository({ 'apps/claw/claw.ts': `// first\nconst token = '${token}';\n`, 'docs/a.md': token });
  const { exitCode, stdout, stderr } = await run(['scan']);
  expect([exitCode, stdout]).toEqual([1, 'apps/claw/claw.ts:2  slack-token  xoxb…\n1 file, 1 finding\n']);
  expect(stderr).toContain('replace the value where it was issued');
  const json = await run(['scan', 'docs', 'apps', '--format', 'json']);
  expect(JSON.parse(json.stdout).findings.map(({ path }: { path: string }) => path)).toEqual([
    'docs/a.md',
    'apps/claw/claw.ts',
  ]);
  expect(json.stdout + json.stderr).not.toContain(token);
});

test('Kubernetes objects: values of Secrets, random text of ConfigMaps and variables', async () => {
  const { run } = repository({
    'dist/lab/secret.yaml':
      'kind: Secret\nmetadata:\n  name: a\n  namespace: demo\nstringData:\n  one: x\n  two: ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]\n',
    'dist/lab/list.json': JSON.stringify({
      kind: 'List',
      items: [{ kind: 'Secret', metadata: { name: 'b' }, data: { key: 'eA==' } }],
    }),
    'dist/lab/config.yaml': configMap(random),
    'dist/lab/pod.yaml': `kind: Pod\nmetadata:\n  name: c\nspec:\n  containers:\n    - name: main\n      env:\n        - name: KEY\n          value: ${random}\n        - name: IMAGE\n          value: sha256:${'0f1e2d3c4b5a6978'.repeat(4)}\n`,
    'dist/lab/open.yaml': configMap('one-word-after-another-in-a-long-line'),
    'dist/lab/broken.yaml': 'kind: [Secret\n',
  });
  const { exitCode, stdout } = await run(['scan']);
  expect(exitCode).toBe(1);
  expect(stdout.split('\n')).toEqual([
    'dist/lab/config.yaml:7  high-entropy  q7Zr…  ConfigMap demo/config data.settings',
    'dist/lab/list.json:1  plain-secret  Secret b data.key',
    'dist/lab/pod.yaml:9  high-entropy  q7Zr…  Pod c env KEY',
    'dist/lab/secret.yaml:6  plain-secret  Secret demo/a stringData.one',
    '6 files, 4 findings',
    '',
  ]);
});

test('what was reviewed is allowed by its value, in its file; an entry has a reason, and something to allow', async () => {
  const { run, write } = repository({ 'dist/config.yaml': configMap(random), 'skills/a/SKILL.md': 'nothing\n' });
  const found = JSON.parse((await run(['scan', '--format', 'json'])).stdout).findings[0];
  expect(found.allow).toEqual({ rule: 'high-entropy', path: 'dist/config.yaml', value: fingerprint(random) });
  const entry = `- { rule: high-entropy, path: dist/config.yaml, value: ${fingerprint(random)}`;
  write('allowed-secrets.yaml', `${entry}, reason: the public id of the demo }\n`);
  expect(await run(['scan'])).toEqual({ exitCode: 0, stdout: '2 files, 0 findings, 1 allowed\n', stderr: '' });

  write('dist/config.yaml', configMap(random.toLowerCase().replace('q', 'Qz0')));
  expect((await run(['scan'])).exitCode).toBe(1);

  write('dist/config.yaml', configMap(random));
  for (const [more, error] of [
    [`${entry} }`, 'entry 1 has no reason: say why this is no secret'],
    [`${entry}, reason: " " }`, 'entry 1 has no reason: say why this is no secret'],
    [`${entry}, reason: x, line: 3 }`, 'entry 1 has fields other than rule, path, value, field and reason'],
    [
      '- { rule: high-entropy, path: dist/config.yaml, reason: all of it }',
      'entry 1 names neither one value nor one field',
    ],
    ['- { rule: a, path: b, value: readable, reason: x }', 'entry 1 names no fingerprint as its value'],
    ['a: b', 'it is no list in YAML'],
  ] as const) {
    write('allowed-secrets.yaml', `${more}\n`);
    const { exitCode, stdout } = await run(['scan']);
    const separator = error.startsWith('entry') ? ': ' : ': ';
    expect([exitCode, stdout.split('\n')[1]]).toEqual([1, `allowed-secrets.yaml${separator}${error}`]);
  }

  const good = `${entry}, reason: the public id of the demo }`;
  const other = `- { rule: slack-token, path: skills/a/SKILL.md, value: ${fingerprint('x')}, reason: an example }`;
  const gone = `- { rule: slack-token, path: dist/gone.yaml, value: ${fingerprint('x')}, reason: an example }`;
  write('allowed-secrets.yaml', `${good}\n${other}\n${gone}\n`);
  expect(await run(['scan'])).toMatchObject({
    exitCode: 1,
    stdout: [
      'allowed-secrets.yaml: the entry for slack-token in skills/a/SKILL.md allows nothing that is there',
      'allowed-secrets.yaml: the entry for slack-token in dist/gone.yaml allows nothing that is there',
      '2 files, 0 findings, 1 allowed\n',
    ].join('\n'),
  });
});

test('binary files and links are passed over, and binary ones are named', async () => {
  const { folder, run } = repository({ 'dist/image.bin': Buffer.from([0, 1, 2]), 'secret.txt': token });
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'dist/link.txt'));
  expect(await run(['scan'])).toEqual({
    exitCode: 0,
    stdout: '0 files, 0 findings\n',
    stderr: 'not looked at: dist/image.bin: binary\n',
  });
  expect((await run(['scan', 'nowhere'])).stderr).toBe('chitin: secrets scan: one of the paths is not there\n');
});

test('a range: what a commit adds, even when a later one takes it away', async () => {
  const { run, write, git } = repository({ 'notes ä.txt': 'one\ntwo\n' });
  await git('init', '-q', '-b', 'main');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'first');
  write('notes ä.txt', `one\n${token}\ntwo\n`);
  write('secret.yaml', 'kind: Secret\nmetadata:\n  name: a\ndata:\n  key: eA==\n');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'second');
  const second = (await git('rev-parse', 'HEAD')).stdout.slice(0, 12);
  write('notes ä.txt', 'one\ntwo\n');
  await git('rm', '-q', '-f', 'secret.yaml');
  await git('commit', '-q', '-a', '-m', 'third');
  const { exitCode, stdout } = await run(['scan', '--range', 'HEAD~2..HEAD']);
  expect([exitCode, stdout.split('\n')]).toEqual([
    1,
    [
      `notes ä.txt:2 in ${second}  slack-token  xoxb…`,
      `secret.yaml:5 in ${second}  plain-secret  Secret a data.key`,
      '2 files, 2 findings',
      '',
    ],
  ]);
  expect((await run(['scan', '--range', 'HEAD~1..HEAD'])).exitCode).toBe(0);
  for (const range of ['HEAD', '--output=x..y', 'no..where', '..'])
    expect([range, (await run(['scan', '--range', range])).exitCode]).toEqual([range, 2]);
});
