import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labCopy } from './testing/copy.ts';

const matrix = 'clusters/lab/secrets/zeroclaw/claw-matrix.yaml';

test('a cluster without a secret: the needs are told, one is set, and the rest is still missing', async () => {
  const { run, read, keyFile, recipient, folder } = await labCopy();
  const env = { SOPS_AGE_KEY_FILE: keyFile };
  const listed = JSON.parse((await run(['list', 'lab', '--format', 'json'])).stdout);
  expect(listed.clusters).toHaveLength(1);
  const [lab] = listed.clusters;
  expect([lab.name, lab.backend, lab.facts]).toEqual(['lab', 'sops', ['1 recipient']]);
  expect(lab.secrets.find(({ name }: { name: string }) => name === 'claw-matrix')).toEqual({
    namespace: 'zeroclaw',
    name: 'claw-matrix',
    path: matrix,
    keys: ['password', 'recovery-key'].map((key) => ({
      key,
      what: `${key === 'password' ? 'password' : 'recovery key (E2EE)'} of @claw:this-is-fine.social`,
      users: [{ path: 'lab/claw/claw', parts: ['channel matrix'] }],
      state: 'missing',
    })),
  });

  const first = await run(['set', 'lab', 'claw-matrix', 'password'], { input: 'one\n' });
  expect(first).toEqual({
    exitCode: 0,
    stdout: `${matrix}: password set\nwith it: .sops.yaml\nThe newline at its end was left out (--keep-newline keeps it).\n`,
    stderr: '',
  });
  expect(read('.sops.yaml')).toContain(`age: ${recipient}\n`);
  expect(read(matrix)).not.toContain('one');
  const table = (await run(['list', 'lab'])).stdout;
  expect(table).toMatch(/zeroclaw\/claw-matrix +password +present +lab\/claw\/claw \(channel matrix\)/);
  expect(table).toMatch(/zeroclaw\/claw-matrix +recovery-key +missing /);

  // The other key keeps its ciphertext byte for byte, and so does a value that is the same.
  const line = /^ {4}password: .*$/m.exec(read(matrix))?.[0] ?? 'none';
  expect((await run(['set', 'lab', 'zeroclaw/claw-matrix', 'recovery-key'], { input: 'two', env })).exitCode).toBe(0);
  expect(read(matrix)).toContain(`${line}\n`);
  const before = read(matrix);
  expect((await run(['set', 'lab', 'claw-matrix', 'password'], { input: 'one', env })).stdout).toBe(
    `${matrix}: unchanged\n`,
  );
  expect(read(matrix)).toBe(before);
  const shown = await run(['show', 'lab', 'claw-matrix', 'password', '--reveal'], { env });
  expect(shown.stdout).toBe('one');
  expect((await run(['show', 'lab', 'claw-matrix'], { env })).stdout).toBe(
    'password      masked (3 bytes)\nrecovery-key  masked (3 bytes)\n',
  );
  const verified = await run(['verify', 'lab', '--format', 'json']);
  expect(verified.exitCode).toBe(1);
  const { findings } = JSON.parse(verified.stdout).clusters[0];
  expect(findings.map(({ kind, key }: { kind: string; key: string }) => [kind, key])).toEqual([
    ['missing', 'api-key'],
    ['missing', 'token'],
    ['missing', 'config'],
    ['missing', 'api-key'],
    ['missing', 'config.json'],
  ]);
  // What was encrypted for another recipient is seen without any private key.
  writeFileSync(join(folder, matrix), read(matrix).replaceAll(recipient, `age1${'q'.repeat(58)}`));
  expect((await run(['list', 'lab'])).stdout).toMatch(/claw-matrix +password +wrong-key /);
});

test('what set is given by mistake is refused, is not repeated, and changes nothing', async () => {
  const { run, folder, keyFile } = await labCopy();
  const env = { SOPS_AGE_KEY_FILE: keyFile, EMPTY: '', CHITIN_DEBUG: '1' };
  const wrong: readonly (readonly string[])[] = [
    ['set', 'lab', 'claw-matrix', 'password', 'hunter22'],
    ['set', 'lab', 'claw-matrix', 'password', '--value=hunter22'],
    ['set', 'lab', 'claw-matrix', 'password', '--value', 'hunter22'],
    ['set', 'lab', 'claw-matrix', 'password', '-hunter22'],
    ['set', 'lab', 'claw-matrix', 'hunter22'],
    ['set', 'lab', 'hunter22', 'password'],
    ['set', 'hunter22', 'claw-matrix', 'password'],
    ['set', 'lab', 'claw-matrix', 'password', '--from-file', 'hunter22'],
    ['set', 'lab', 'claw-matrix', 'password', '--from-env', 'hunter22'],
    ['set', 'lab', 'claw-matrix', 'password', '--from-env', 'EMPTY'],
    ['set', 'lab', 'claw-matrix', 'password', '--from-file', 'lab.agekey', '--from-env', 'EMPTY'],
    ['set', 'lab', 'claw-matrix', 'password'],
    ['generate', 'lab', 'claw-gateway', 'token', 'hunter22'],
    ['generate', 'lab', 'claw-gateway', 'token', '--type', 'hunter22'],
    ['generate', 'lab', 'claw-gateway', 'token', '--bytes', 'hunter22'],
    ['remove', 'lab', 'claw-matrix', 'hunter22'],
    ['show', 'lab', 'claw-matrix', 'hunter22'],
    ['list', 'hunter22'],
    ['list', '--format', 'hunter22'],
    ['verify', 'hunter22'],
    ['scan', 'hunter22'],
    ['scan', '--range', 'hunter22'],
  ];
  const tryAll = async (list: readonly (readonly string[])[]) => {
    for (const args of list) {
      const { exitCode, stdout, stderr } = await run(args, { env });
      expect([args, exitCode, stdout]).toEqual([args, 2, '']);
      expect(stderr).not.toContain('hunter22');
      expect(stderr.startsWith('chitin: ')).toBe(true);
    }
  };
  // Two at a time: each is a process.
  const half = wrong.length / 2;
  await Promise.all([tryAll(wrong.slice(0, half)), tryAll(wrong.slice(half))]);
  const large = await run(['set', 'lab', 'claw-matrix', 'password'], { input: 'x'.repeat(1024 * 1024 + 1), env });
  expect(large.stderr).toBe(
    'chitin: the value has more than 1 MiB, which is all that a Secret may hold; nothing was changed\n',
  );
  expect(existsSync(join(folder, 'clusters/lab/secrets'))).toBe(false);
  expect(existsSync(join(folder, '.sops.yaml'))).toBe(false);
  const dry = await run(['set', 'lab', 'claw-matrix', 'password', '--dry-run'], { input: 'one' });
  expect(dry.stdout).toBe(`${matrix}: password would be set\nwith it: .sops.yaml\n`);
  expect(existsSync(join(folder, 'clusters/lab/secrets'))).toBe(false);
});

test('an unknown key is told with those that there are', async () => {
  const { run } = await labCopy();
  expect((await run(['set', 'lab', 'claw-matrix', 'token'], { input: 'x' })).stderr).toBe(
    'chitin: no app needs that key of zeroclaw/claw-matrix. There are: password (password of @claw:this-is-fine.social), recovery-key (recovery key (E2EE) of @claw:this-is-fine.social).\n',
  );
});

test('a file that is damaged stays as it is', async () => {
  const { run, read, folder, keyFile } = await labCopy();
  mkdirSync(join(folder, 'clusters/lab/secrets/zeroclaw'), { recursive: true });
  writeFileSync(join(folder, matrix), 'kind: Secret\n<<<<<<< HEAD\n');
  const { exitCode } = await run(['set', 'lab', 'claw-matrix', 'password'], {
    input: 'one',
    env: { SOPS_AGE_KEY_FILE: keyFile },
  });
  expect(exitCode).toBe(2);
  expect(read(matrix)).toBe('kind: Secret\n<<<<<<< HEAD\n');
  expect(readdirSync(join(folder, 'clusters/lab/secrets/zeroclaw'))).toEqual(['claw-matrix.yaml']);
});

test('what may be made up is made in the form that its program wants, and never twice by accident', async () => {
  const { run, read, keyFile } = await labCopy();
  const env = { SOPS_AGE_KEY_FILE: keyFile };
  const path = 'clusters/lab/secrets/zeroclaw/claw-gateway.yaml';
  expect((await run(['generate', 'lab', 'claw-gateway', 'token'])).stdout).toBe(
    `${path}: token set\nwith it: .sops.yaml\n`,
  );
  const shown = async () => (await run(['show', 'lab', 'claw-gateway', 'token', '--reveal'], { env })).stdout;
  const first = await shown();
  expect(first).toMatch(/^zc_[0-9a-f]{64}$/);
  const text = read(path);
  const again = await run(['generate', 'lab', 'claw-gateway', 'token'], { env });
  expect(again).toMatchObject({ exitCode: 2, stdout: '' });
  expect(read(path)).toBe(text);
  expect((await run(['generate', 'lab', 'claw-gateway', 'token', '--replace'], { env })).exitCode).toBe(0);
  expect(await shown()).not.toBe(first);
  expect((await run(['generate', 'lab', 'claw-openai', 'api-key'])).stderr).toBe(
    'chitin: nothing says that api-key of zeroclaw/claw-openai (OpenAI API key) may be made up. If it may, --type says as what.\n',
  );
  const pair = await run(['generate', 'lab', 'claw-kubeconfig', 'config', '--type', 'age']);
  expect(pair.stdout).toMatch(/: config set\nrecipient:\nage1[0-9a-z]{58}\n$/);
});

test('other recipients: set refuses, and rotate encrypts all files again', async () => {
  const { run, read, folder, keyFile, recipient } = await labCopy();
  const env = { SOPS_AGE_KEY_FILE: keyFile };
  await run(['set', 'lab', 'claw-matrix', 'password'], { input: 'one' });
  const other = 'age1nharyjf38cr7mvhj3c7d66krckxlgs8p3kcwgglpt545ql6mlu0shap3f4';
  const source = join(folder, 'clusters/lab/cluster.ts');
  writeFileSync(source, read('clusters/lab/cluster.ts').replace(`'${recipient}'`, `'${recipient}', '${other}'`));
  expect((await run(['set', 'lab', 'claw-matrix', 'password'], { input: 'two', env })).exitCode).toBe(2);
  expect((await run(['rotate', 'lab'])).exitCode).toBe(2);
  expect((await run(['rotate', 'lab'], { env })).stdout).toBe(
    `${matrix}: + ${other}\nwith it: .sops.yaml\n1 file encrypted to other recipients, 0 had them\n`,
  );
  expect(read('.sops.yaml')).toContain(`age: ${recipient},${other}\n`);
  expect((await run(['list', 'lab'])).stdout).toMatch(/claw-matrix +password +present /);
});

test('a file that no app needs, one that lies in the wrong place, and readable text are findings', async () => {
  const { run, folder } = await labCopy();
  const secrets = join(folder, 'clusters/lab/secrets');
  mkdirSync(join(secrets, 'zeroclaw'), { recursive: true });
  writeFileSync(join(secrets, 'notes.md'), 'notes\n');
  writeFileSync(
    join(secrets, 'zeroclaw/claw-old.yaml'),
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: claw-old\n  namespace: zeroclaw\nstringData:\n  token: hunter22\n',
  );
  const { exitCode, stdout, stderr } = await run(['verify', 'lab', '--format', 'json']);
  expect([exitCode, stderr]).toEqual([1, '']);
  expect(stdout).not.toContain('hunter22');
  const { findings } = JSON.parse(stdout).clusters[0] as { findings: { kind: string; message: string }[] };
  const said = findings.filter(({ kind }) => kind !== 'missing').map(({ kind, message }) => `${kind} ${message}`);
  expect(said[0]).toBe('stale clusters/lab/secrets/zeroclaw/claw-old.yaml: no app needs this Secret');
  expect(said.some((text) => text.startsWith('plain-text clusters/lab/secrets/zeroclaw/claw-old.yaml'))).toBe(true);
  expect(said.at(-1)).toBe('stale clusters/lab/secrets/notes.md: not of the form <namespace>/<name>.yaml');
});

test('edit: the text is in memory, only what was changed is encrypted again, and an unknown key is refused', async (context) => {
  if (!existsSync('/dev/shm')) return context.skip('this machine has no /dev/shm');
  const { run, read, keyFile } = await labCopy();
  const env = { SOPS_AGE_KEY_FILE: keyFile, VISUAL: '' };
  await run(['set', 'lab', 'claw-matrix', 'password'], { input: 'one' });
  await run(['set', 'lab', 'claw-matrix', 'recovery-key'], { input: 'a\nb\n', env });
  const line = /^ {4}recovery-key: .*$/m.exec(read(matrix))?.[0] ?? 'none';
  const edit = (script: string) => run(['edit', 'lab', 'claw-matrix'], { env: { ...env, EDITOR: script } });
  expect((await edit("sed -i 's/one/two/'")).stdout).toBe(`${matrix}: password set\n`);
  expect(read(matrix)).toContain(`${line}\n`);
  expect((await run(['show', 'lab', 'claw-matrix', 'password', '--reveal'], { env })).stdout).toBe('two');
  const before = read(matrix);
  expect((await edit('true')).stdout).toBe('nothing was changed\n');
  expect((await edit('false')).stderr).toBe('chitin: the editor ended with an error; nothing was changed\n');
  expect((await edit("sed -i 's/password/passwords/'")).exitCode).toBe(2);
  const broken = await edit("sed -i 's/.*two.*/password: [two/'");
  expect(broken.stderr).toBe('chitin: what was edited is no YAML with one text for each key; nothing was changed\n');
  expect(read(matrix)).toBe(before);
  expect(readdirSync('/dev/shm').filter((name) => name.startsWith('chitin-'))).toEqual([]);
});

test('a cluster that cannot be loaded is told without a stack', async () => {
  const { run, folder } = await labCopy();
  writeFileSync(join(folder, 'clusters/lab/cluster.ts'), "throw new Error('not today');\n");
  const { exitCode, stderr } = await run(['list', 'lab']);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^chitin: cluster lab cannot be loaded\n/);
  expect(stderr).not.toMatch(/\n {4}at /);
});

test('a key that an app needs is not removed; one that it needs no more is', async () => {
  const { run, read, folder, keyFile } = await labCopy();
  const env = { SOPS_AGE_KEY_FILE: keyFile };
  const path = 'clusters/lab/secrets/zeroclaw/claw-registry.yaml';
  const app = read('apps/claw/claw.ts');
  const other = "({ ...registryAuth(), need: { name: 'registry', keys: { 'config.json': 'first', more: 'second' } } })";
  expect(app).toContain('registryAuth()');
  writeFileSync(join(folder, 'apps/claw/claw.ts'), app.replace('registryAuth()', other));
  await run(['set', 'lab', 'claw-registry', 'config.json'], { input: 'one' });
  await run(['set', 'lab', 'claw-registry', 'more'], { input: 'two', env });
  expect((await run(['remove', 'lab', 'claw-registry', 'more'], { env })).stderr).toBe(
    'chitin: an app needs that key of zeroclaw/claw-registry; take it out of the app first\n',
  );
  writeFileSync(join(folder, 'apps/claw/claw.ts'), app);
  expect((await run(['remove', 'lab', 'claw-registry', 'more'], { env })).stdout).toBe(`${path}: more removed\n`);
  expect(read(path)).toContain('config.json: ENC[');
  expect(read(path)).not.toContain('more:');
});

test('a pull secret is set with its type, whatever the backend, and verify sees another', async () => {
  const { run, read, folder } = await labCopy();
  const key = '.dockerconfigjson';
  for (const name of ['lab', 'edge']) {
    const source = read(`clusters/${name}/cluster.ts`)
      .replace('import { Cluster,', 'import { pullSecret, Cluster,')
      .replace(/pullSecrets: .*,\n/, '')
      .replace(/ {2}images: \{\n/, "  images: {\n    pullSecrets: [pullSecret('registry.example.test')],\n");
    const images = "  images: { pullSecrets: [pullSecret('registry.example.test')] },\n";
    const whole = source.includes('  images: {') ? source : source.replace('  secrets: ', `${images}  secrets: `);
    writeFileSync(join(folder, `clusters/${name}/cluster.ts`), whole);
    const path = `clusters/${name}/secrets/zeroclaw/claw-pull.yaml`;
    expect((await run(['set', name, 'claw-pull', key], { input: '{"auths": hunter22' })).stderr).toBe(
      'chitin: the value is not JSON as in ~/.docker/config.json, and Kubernetes refuses a pull secret without; nothing was changed\n',
    );
    expect(existsSync(join(folder, path))).toBe(false);
    expect((await run(['set', name, 'claw-pull', key], { input: '{"auths":{}}' })).stderr).toBe('');
    expect(read(path)).toMatch(/^( {4})?type: kubernetes\.io\/dockerconfigjson$/m);
    expect((await run(['list', name])).stdout).toMatch(
      /zeroclaw\/claw-pull +\.dockerconfigjson +present +(lab|edge)\/claw/,
    );
    writeFileSync(join(folder, path), read(path).replace('dockerconfigjson\n', 'tls\n'));
    expect((await run(['verify', name])).stderr).toContain(`stale ${path}: `);
  }
});

test('.sops.yaml that would encrypt for others is a finding; rotate brings it in step', async () => {
  const { run, read, folder, keyFile, recipient } = await labCopy();
  const findings = async () =>
    JSON.parse((await run(['verify', 'lab', '--format', 'json'])).stdout)
      .clusters[0].findings.filter(({ message }: { message: string }) => message.startsWith('.sops.yaml'))
      .map(({ kind, message }: { kind: string; message: string }) => `${kind} ${message}`);
  expect(await findings()).toEqual([]);
  await run(['set', 'lab', 'claw-matrix', 'password'], { input: 'one' });
  expect(await findings()).toEqual([]);
  const rules = join(folder, '.sops.yaml');
  writeFileSync(rules, read('.sops.yaml').replace(recipient, `age1${'q'.repeat(58)}`));
  expect(await findings()).toEqual(['wrong-key .sops.yaml: it has not the rule of cluster lab']);
  await run(['rotate', 'lab'], { env: { SOPS_AGE_KEY_FILE: keyFile } });
  expect(await findings()).toEqual([]);
  writeFileSync(rules, read('.sops.yaml').replace('creation_rules:\n', '$&    - path_regex: .*\n      age: nobody\n'));
  expect(await findings()).toEqual(['damaged .sops.yaml: a rule stands before those of chitin']);
});

test('a line of the record whose file is gone is a finding', async () => {
  const { run, folder } = await labCopy();
  const path = 'clusters/edge/secrets/zeroclaw/claw-openai.yaml';
  rmSync(join(folder, path));
  const { findings } = JSON.parse((await run(['verify', 'edge', '--format', 'json'])).stdout).clusters[0];
  expect(findings.map(({ kind, message }: { kind: string; message: string }) => `${kind} ${message}`)).toEqual([
    `missing there is no ${path}, which holds "api-key"`,
    'stale clusters/edge/sealed-values.jsonl: it has a line for "api-key" of zeroclaw/claw-openai, which has no file',
  ]);
});
