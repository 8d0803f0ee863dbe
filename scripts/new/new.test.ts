import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folder } from '../../constructs/testing/folder.ts';
import { chitin, copyRepository, repository } from '../testing/repository-copy.ts';
import { typescript } from './repository-files.ts';

const local = { preferLocal: true, localDir: repository, reject: false, all: true } as const;

describe('in this repository', () => {
  let copy: string;
  beforeAll(() => {
    copy = copyRepository();
    for (const file of ['package.json', 'tsconfig.json', 'biome.json'])
      cpSync(join(repository, file), join(copy, file));
  });
  afterAll(() => {
    rmSync(copy, { recursive: true });
  });

  test('a cluster, an app on it and a skill are rendered, type-checked and formatted at once', async () => {
    const cluster = await chitin(copy, 'new', 'cluster', 'garage');
    expect(cluster).toMatchObject({ exitCode: 0, stderr: '' });
    expect(cluster.stdout).toBe(
      [
        'made clusters/garage/cluster.ts',
        '',
        'Next:',
        '  1. fill in clusters/garage/cluster.ts: the version of Kubernetes and the domain',
        '  2. npm run chitin -- new app helper --cluster garage',
        '  3. npm run chitin -- synth',
      ].join('\n'),
    );
    expect((await chitin(copy, 'synth', 'garage')).all).toMatch(/^garage {2}\d+ objects, 0 apps\n/);

    const app = await chitin(join(copy, 'clusters/garage'), 'new', 'app', 'ops-helper', '--cluster', 'garage');
    expect(app.all).toBe(
      [
        'made ../../apps/ops-helper/ops-helper.ts',
        'changed cluster.ts',
        '',
        'Next:',
        '  1. fill in ../../apps/ops-helper/ops-helper.ts: the model, and who may talk to the agent',
        '  2. npm run chitin -- synth, which also says which secrets the agent needs',
      ].join('\n'),
    );
    expect((await chitin(copy, 'new', 'app', 'second', '--cluster', 'garage')).exitCode).toBe(0);
    expect((await chitin(copy, 'new', 'skill', 'read-logs')).exitCode).toBe(0);
    const file = join(copy, 'apps/second/second.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace('zeroClaw(),', "zeroClaw(),\n      skills: ['read-logs'],"));

    const { exitCode, stdout, stderr } = await chitin(copy, 'synth', 'garage');
    expect([exitCode, stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(/^garage {2}\d+ objects, 2 apps$/)]);
    const rules = [...stderr.matchAll(/^ {2}([a-z-]+): /gm)].map(([, rule]) => rule);
    expect([...new Set(rules)].sort()).toEqual(['host-names-not-enforced', 'image-digest', 'secret-by-hand']);

    const made = ['clusters/garage', 'apps/ops-helper', 'apps/second'];
    writeFileSync(join(copy, 'tsconfig.new.json'), JSON.stringify({ extends: './tsconfig.json', include: made }));
    expect((await execa('tsc', ['-p', 'tsconfig.new.json'], { ...local, cwd: copy })).all).toBe('');
    const lint = ['check', '--error-on-warnings', '--vcs-enabled=false', ...made];
    expect((await execa('biome', lint, { ...local, cwd: copy })).exitCode).toBe(0);
  });

  test('what is there stays as it is', async () => {
    for (const [kind, name, file] of [
      ['cluster', 'lab', 'clusters/lab/cluster.ts'],
      ['app', 'claw', 'apps/claw/claw.ts'],
      ['skill', 'flux-debugging', 'skills/flux-debugging/SKILL.md'],
    ] as const) {
      const { exitCode, all } = await chitin(copy, 'new', kind, name);
      expect([exitCode, all]).toEqual([2, `chitin: ${file} is there already, and stays as it is`]);
      expect(readFileSync(join(copy, file), 'utf8')).toBe(readFileSync(join(repository, file), 'utf8'));
    }
  });

  test('a cluster of another form is told by hand', async () => {
    const file = join(copy, 'clusters/edge/cluster.ts');
    const text = readFileSync(file, 'utf8').replace('apps: (cluster) => {', 'apps: function (cluster) {');
    writeFileSync(file, text);
    const { exitCode, stdout } = await chitin(copy, 'new', 'app', 'third', '--cluster', 'edge');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      "\n  2. put it on a cluster, in clusters/edge/cluster.ts: import { Third } from '../../apps/third/third.ts'; and in apps: new Third(cluster);\n",
    );
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

describe('in another repository', () => {
  test('an empty folder gets what npm and the compiler need', async () => {
    const empty = folder({});
    const { exitCode, stdout } = await chitin(empty, 'new', 'cluster', 'lab');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').slice(0, 7)).toEqual([
      'made clusters/lab/cluster.ts',
      'made package.json',
      'made tsconfig.json',
      'made .gitignore',
      '',
      'Next:',
      '  1. npm install',
    ]);
    const { version, devDependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    expect(typescript).toBe(`^${devDependencies.typescript}`);
    const made = JSON.parse(readFileSync(join(empty, 'package.json'), 'utf8'));
    expect([made.type, made.devDependencies['@chitin-dev/chitin']]).toEqual(['module', version]);
  });

  test('files that are there are left to their author, who is told', async () => {
    const files = { 'package.json': '{"dependencies":{"cdk8s":"*"}}', 'tsconfig.json': '{}', '.gitignore': '' };
    const theirs = folder(files);
    const { exitCode, stdout } = await chitin(theirs, 'new', 'app', 'helper');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'made apps/helper/helper.ts',
        '',
        'Next:',
        '  1. npm pkg set type=module',
        '  2. npm install --save-dev @chitin-dev/chitin constructs typescript',
        '  3. tsconfig.json: "module": "nodenext", "noEmit": true and "allowImportingTsExtensions": true, as Node imports .ts files by their names',
        '  4. fill in apps/helper/helper.ts: the model, and who may talk to the agent',
        "  5. put it on a cluster, in clusters/<cluster>/cluster.ts: import { Helper } from '../../apps/helper/helper.ts'; and in apps: new Helper(cluster);",
        '  6. npx chitin synth, which also says which secrets the agent needs',
      ].join('\n'),
    );
    for (const [file, text] of Object.entries(files)) expect(readFileSync(join(theirs, file), 'utf8')).toBe(text);
  });

  test.each([
    [
      ['cluster', 'Lab_1'],
      '"Lab_1" is no name of a new cluster: write at most 63 lower-case letters, digits and single hyphens, and a letter first',
    ],
    [
      ['app', '../helper'],
      '"../helper" is no name of a new app: write at most 52 lower-case letters, digits and single hyphens, and a letter first',
    ],
    [
      ['skill', 'read--logs'],
      '"read--logs" is no name of a new skill: write at most 64 lower-case letters, digits and single hyphens, and a letter first',
    ],
    [
      ['app', 'agent'],
      'an app cannot be called agent, which means something else; say what it does, such as ops-helper',
    ],
    [['app', 'helper', '--cluster', 'lab'], 'unknown cluster: lab. npx chitin new cluster makes one.'],
  ])('wrong use: %j', async (args, message) => {
    const empty = folder({});
    const { exitCode, all } = await chitin(empty, 'new', ...args);
    expect([exitCode, all]).toEqual([2, `chitin: ${message}`]);
    expect(['apps', 'clusters', 'skills', 'package.json'].filter((name) => existsSync(join(empty, name)))).toEqual([]);
  });
});

test.each(['cluster', 'app', 'skill'])('help of new %s has an example', async (kind) => {
  const { exitCode, stdout } = await chitin(repository, 'new', kind, '--help');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(new RegExp(`\\nExample:\\n  chitin new ${kind} [a-z-]+`));
});
