/**
 * Runs every command of `skills/` for real: those that read the cluster as a ServiceAccount with exactly `readClusterRules`, those
 * for git on a small repository. Needs KUBECONFIG (an administrator's) and kubectl on PATH; `CRDS`, a folder with one subfolder per
 * API group, where the cluster has no Flux CRDs yet (they stay, since others may use them by then); `E2E_IMAGE`, an image that
 * sleeps for ever as user 65534, where no node has a pause image.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClusterRules } from '../constructs/access/read-cluster-rules.ts';
import { fixtureObjects, fluxStatus, revisions } from './skills-fixture.ts';

interface Block {
  readonly line: number;
  /** `sh` reads the cluster, `sh local` needs a clone or Renovate, `sh operator` writes and is only ever proposed. */
  readonly info: string;
  readonly text: string;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = fileURLToPath(new URL('../skills/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'skills-e2e-'));
const id = `skills-e2e-${randomBytes(4).toString('hex')}`;
const reader = `system:serviceaccount:${id}:reader`;
/** Stands where passwords stand in practice; no command of a skill may print it. */
const canary = `canary-${randomBytes(6).toString('hex')}`;

const skills = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name, 'SKILL.md'), 'utf8');
  return { name, text, blocks: fencedBlocks(text) };
});

function fencedBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: markdown.slice(0, match.index).split('\n').length + 1,
    info: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

/** Words that a reader replaces: list items such as "- `NAMESPACE`, `NAME`: ...". */
function documentedWords(markdown: string): string[] {
  return [...markdown.matchAll(/^- ((?:`[A-Z_]+`(?:, )?)+):/gm)].flatMap(
    (match) => (match[1] ?? '').match(/[A-Z_]+/g) ?? [],
  );
}

/** Placeholders are all-capital words; variables of the shell and of Renovate stand before `=` or behind `$`. */
function substitute(text: string, values: Record<string, string>): string {
  return text.replace(/(?<![$A-Za-z0-9_])[A-Z][A-Z_]+(?![A-Za-z0-9_=])/g, (word) => {
    const value = values[word];
    if (value === undefined) throw new Error(`no value for ${word} in: ${text}`);
    return value;
  });
}

async function run(
  file: string,
  args: readonly string[],
  { input, env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  const settings = { reject: false, cwd: scratch, timeout: 180_000, stripFinalNewline: false, env } as const;
  const outcome = await execa(
    file,
    args,
    input === undefined ? { ...settings, stdin: 'ignore' } : { ...settings, input },
  );
  return { code: outcome.exitCode ?? 127, stdout: outcome.stdout, stderr: outcome.stderr };
}

async function kubectl(args: readonly string[], input?: unknown): Promise<string> {
  const outcome = await run('kubectl', args, input === undefined ? {} : { input: JSON.stringify(input) });
  if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${outcome.stderr}`);
  return outcome.stdout;
}

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each(skills)('$name', ({ name, text, blocks }) => {
  test('is short enough to be read whole', () => {
    expect(text.split('\n').length).toBeLessThan(200);
  });

  test('has nothing that Flux would substitute', () => {
    expect(text).not.toContain('$'.concat('{'));
  });

  test('marks every command as one to run, to run beside a clone, or to propose', () => {
    expect(blocks.filter((block) => !['sh', 'sh local', 'sh operator'].includes(block.info))).toEqual([]);
    expect(blocks.filter((block) => block.info === 'sh').length).toBeGreaterThan(0);
  });

  test('only reads single fields of the cluster', () => {
    const lines = blocks.filter((block) => block.info === 'sh').flatMap((block) => block.text.trimEnd().split('\n'));
    for (const line of lines) {
      expect(line).toMatch(/^kubectl (?:get|events|logs|describe pvc) /);
      expect(line).not.toMatch(/ -o ?(?:yaml|json)\b|secret|configmap|[;&|<>`]|\$\(/);
    }
  });

  test('explains every word to be replaced', () => {
    const known = Object.fromEntries(documentedWords(text).map((word) => [word, 'x']));
    for (const block of blocks) expect(() => substitute(block.text, known)).not.toThrow();
  });

  test.each(blocks)(`${name} line $line is a shell command`, async (block) => {
    expect(await run('sh', ['-n', '-c', block.text])).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('git commands run on a small repository', () => {
  const upstream = join(scratch, 'upstream');
  const words: Record<string, string> = {};
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], {
      env: { GIT_CONFIG_GLOBAL: '/dev/null' },
    });

  beforeAll(async () => {
    mkdirSync(join(upstream, 'apps'), { recursive: true });
    await git('init', '--quiet', '--initial-branch=main', upstream);
    for (const tag of ['APPLIED', 'ATTEMPTED']) {
      writeFileSync(join(upstream, 'apps', 'web.yaml'), `image: web:${tag}\n`);
      writeFileSync(join(upstream, 'renovate.json'), '{}\n');
      await git('-C', upstream, 'add', '.');
      await git('-C', upstream, 'commit', '--quiet', '--message', `image ${tag}`);
      words[tag] = (await git('-C', upstream, 'rev-parse', 'HEAD')).stdout.trim();
    }
  });

  const expected: Record<string, (readonly string[])[]> = {
    'flux-debugging': [['image ATTEMPTED'], ['apps/web.yaml', '1 file changed']],
    'renovate-dry-run': [[], [], ['renovate.json']],
  };

  test.each(Object.keys(expected))('%s', async (name) => {
    const clone = name === 'flux-debugging' ? upstream : join(scratch, 'clone');
    const values = { ...words, FOLDER: 'apps', CLONE: clone, BRANCH: 'main', REPOSITORY: `file://${upstream}` };
    const local =
      skills.find((skill) => skill.name === name)?.blocks.filter((block) => block.info === 'sh local') ?? [];
    const lines = local
      .flatMap((block) => block.text.split('\n'))
      .filter((line) => /^(?:[A-Z_]+=\S+ )?git /.test(line));
    expect(lines).toHaveLength(expected[name]?.length ?? 0);
    for (const [index, line] of lines.entries()) {
      const outcome = await run('sh', ['-c', substitute(line, values)], { env: { GIT_CONFIG_GLOBAL: '/dev/null' } });
      expect(outcome, line).toMatchObject({ code: 0, stderr: '' });
      for (const part of expected[name]?.[index] ?? []) expect(outcome.stdout).toContain(part);
    }
  });
});

test('the summary of a Renovate report names facts, and neither credentials nor hidden text', async () => {
  const dep = { depName: 'web', currentValue: '1.2.3', warnings: [] };
  const report = {
    problems: [
      { msg: 'Error obtaining token', err: { code: 'ENOTFOUND', options: { headers: { authorization: canary } } } },
    ],
    repositories: {
      local: {
        problems: [
          { msg: 'Repository has invalid config', err: { validationError: `see https://me:${canary}@git.invalid/x` } },
        ],
        branches: [],
        packageFiles: {
          kubernetes: [
            {
              packageFile: 'apps/web.yaml',
              deps: [
                { ...dep, updates: [{ newValue: '1.3.0', updateType: 'minor', branchName: 'renovate/web' }] },
                {
                  ...dep,
                  depName: 'pinned',
                  updates: [{ newValue: '1.2.3', newDigest: 'sha256:ab', updateType: 'digest', branchName: 'b' }],
                },
                { ...dep, depName: 'current', updates: [] },
                { ...dep, depName: 'extracted', updates: undefined },
                {
                  ...dep,
                  depName: 'private',
                  updates: [],
                  warnings: [{ message: 'Failed to look up\u{202E}\u{1B}[2J' }],
                },
                { ...dep, depName: 'templated', skipReason: 'contains-variable' },
              ],
            },
          ],
        },
      },
    },
  };
  writeFileSync(join(scratch, 'report.json'), JSON.stringify(report));
  writeFileSync(join(scratch, 'renovate.log'), `noise\n{"msg":"Repository finished","result":"config-validation"}\n`);
  const script = join(folder, 'renovate-dry-run', 'scripts', 'summarise-report.mjs');
  const outcome = await run(process.execPath, [script, 'report.json', 'renovate.log']);
  expect(outcome).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'found  kubernetes apps/web.yaml  extracted  1.2.3',
      'no-update  kubernetes apps/web.yaml  current  1.2.3',
      'not-looked-up  kubernetes apps/web.yaml  private  Failed to look up  [2J',
      'problem  Error obtaining token',
      'problem  Repository has invalid config  see https://[redacted]@git.invalid/x',
      'result  config-validation',
      'skipped  kubernetes apps/web.yaml  templated  contains-variable',
      'update  kubernetes apps/web.yaml  pinned  1.2.3 -> sha256:ab  digest  b',
      'update  kubernetes apps/web.yaml  web  1.2.3 -> 1.3.0  minor  renovate/web',
      '',
    ].join('\n'),
  });
});

test('the rules hold reading verbs on named resources, and no way around them', () => {
  for (const rule of readClusterRules) expect(rule.verbs).toEqual(['get', 'list', 'watch']);
  const resources = readClusterRules.flatMap((rule) =>
    rule.apiGroups.flatMap((group) => rule.resources.map((one) => `${group}/${one}`)),
  );
  expect(new Set(resources).size).toBe(resources.length);
  expect(
    resources.filter((one) => /\*|secrets|configmaps|serviceaccounts|rbac|certificates|notification/.test(one)),
  ).toEqual([]);
  expect(resources.filter((one) => one.split('/').length > 2)).toEqual(['/pods/log']);
});

const fluxRules = readClusterRules.filter((rule) => rule.apiGroups[0]?.endsWith('.fluxcd.io'));
const fluxCrds = fluxRules.flatMap((rule) => rule.resources.map((one) => `${one}.${rule.apiGroups[0]}`));
const unmet = await unmetNeed();
if (unmet !== undefined) console.warn(`skills on a cluster: skipped, ${unmet}`);

/** Why the cluster cannot be used; undefined when it can. */
async function unmetNeed(): Promise<string | undefined> {
  if (!process.env.KUBECONFIG) return 'KUBECONFIG is not set';
  if ((await run('kubectl', ['version', '--client'])).code !== 0) return 'kubectl is not on PATH';
  if ((await run('kubectl', ['get', '--raw', '/readyz'])).code !== 0)
    return 'the API server of KUBECONFIG does not answer';
  if ((await run('kubectl', ['get', 'crd', ...fluxCrds])).code !== 0 && !process.env.CRDS) {
    return 'the cluster has no Flux CRDs and CRDS names no folder with them';
  }
  return (await sleepingImage()) === undefined ? 'no node has a pause image and E2E_IMAGE names none' : undefined;
}

/** Every node holds the image of its pod sandboxes, so that nothing has to be pulled. */
async function sleepingImage(): Promise<string | undefined> {
  const names = await kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].status.images[*].names[*]}']);
  return process.env.E2E_IMAGE ?? names.split(/\s+/).find((name) => /\/pause[:@]/.test(name));
}

async function untilRestarted(pod: string): Promise<void> {
  const restarts = ['get', 'pod', pod, '-n', id, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}'];
  for (let tries = 0; tries < 120; tries += 1) {
    if (Number(await kubectl(restarts)) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`pod ${pod} was not restarted within two minutes`);
}

describe.skipIf(unmet !== undefined)('on a cluster, as the ServiceAccount of the rules', () => {
  const words: Record<string, string> = {};
  const bin = join(scratch, 'bin');
  /** The same kubectl as another user, so that commands run as they are written and no token is written down. */
  const asReader = {
    SKILLS_READER: reader,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    SKILLS_PATH: process.env.PATH,
  };

  beforeAll(async () => {
    if ((await run('kubectl', ['get', 'crd', ...fluxCrds])).code !== 0) {
      const folders = fluxRules.flatMap((rule) => ['-f', join(process.env.CRDS ?? '', rule.apiGroups[0] ?? '')]);
      await kubectl(['apply', '--server-side', ...folders]);
      await kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', ...fluxCrds]);
    }
    mkdirSync(bin);
    writeFileSync(join(bin, 'kubectl'), '#!/bin/sh\nPATH=$SKILLS_PATH exec kubectl --as="$SKILLS_READER" "$@"\n', {
      mode: 0o755,
    });
    await kubectl(['create', 'namespace', id]);
    await kubectl(['create', 'serviceaccount', 'reader', '-n', id]);
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: id },
      rules: readClusterRules,
    };
    await kubectl(['create', '-f', '-'], role);
    await kubectl(['create', 'clusterrolebinding', id, `--clusterrole=${id}`, `--serviceaccount=${id}:reader`]);
    const items = fixtureObjects(id, (await sleepingImage()) ?? '', canary);
    await kubectl(['create', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
    for (const [resource, name, status] of fluxStatus(id)) {
      const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
      await kubectl(['patch', resource, name, '-n', id, ...patch]);
    }
    await kubectl(['rollout', 'status', 'statefulset/db', '-n', id, '--timeout=120s']);
    await kubectl(['wait', '--for=condition=Ready', 'pod', '-l', 'app=controller', '-n', id, '--timeout=120s']);
    await kubectl(['wait', '--for=jsonpath={.status.ready}=1', 'job/renovate-1', '-n', id, '--timeout=120s']);
    await untilRestarted('restarting');
    Object.assign(words, {
      NAMESPACE: id,
      APP_NAMESPACE: id,
      FLUX_NAMESPACE: id,
      KUSTOMIZATION: 'apps',
      HELMRELEASE: 'web',
      SOURCE_KIND: 'gitrepositories.source.toolkit.fluxcd.io',
      SOURCE: 'fleet',
      KIND: 'statefulset',
      NAME: 'db',
      POD: 'restarting',
      CONTAINER: 'main',
      CONTROLLER: 'kustomize-controller',
      STATEFULSET: 'db',
      CLAIM: 'state-db-0',
      VOLUME: await kubectl(['get', 'pvc', 'state-db-0', '-n', id, '-o', 'jsonpath={.spec.volumeName}']),
      NODE: await kubectl(['get', 'pod', 'db-0', '-n', id, '-o', 'jsonpath={.spec.nodeName}']),
      JOB: 'renovate-1',
    });
  }, 600_000);

  afterAll(async () => {
    await run('kubectl', ['delete', 'clusterrolebinding,clusterrole', id, '--ignore-not-found']);
    await run('kubectl', ['delete', 'namespace', id, '--ignore-not-found', '--timeout=150s']);
  }, 300_000);

  /** What the reader of a command must find in its output; the commands are told apart by a part of their text. */
  const shows: readonly (readonly [part: string, ...expected: string[]])[] = [
    ['kubectl get gitrepositories.source.toolkit.fluxcd.io,', 'fleet', 'GitOperationFailed'],
    [
      'kubectl get kustomizations.kustomize.toolkit.fluxcd.io,',
      'HealthCheckFailed',
      'UpgradeFailed',
      revisions.attempted,
    ],
    [
      'attempted {.status',
      'dependsOn /base',
      `attempted ${revisions.attempted}`,
      'Ready=False HealthCheckFailed since 2026',
    ],
    ['.status.history[*]}{.lastReconciled}', 'HealthCheckFailed', 'tries 3'],
    ['.status.inventory', `${id}_db_apps_StatefulSet v1`],
    [
      'get helmreleases.helm.toolkit.fluxcd.io HELMRELEASE',
      'Stalled=True RetriesExceeded',
      'from HelmRepository/charts',
    ],
    ['get SOURCE_KIND', `artifact ${revisions.applied}`, 'ArtifactInStorage=True'],
    ['events --for kustomization', 'health check failed after 30s'],
    ['involvedObject.kind=HelmRelease', 'Helm upgrade failed'],
    ['get KIND NAME', `applied by ${id}/apps`],
    ['waiting:.status.containerStatuses', 'restarting', 'db-0'],
    ['kubectl get pvc -n NAMESPACE -o', 'state-db-0', 'spare', 'Bound'],
    ['describe pvc', 'Used By:       db-0'],
    ['kubectl get pv VOLUME', 'phase Bound', `claim ${id}/state-db-0`],
    ['kubectl get pv -o', id, 'state-db-0'],
    ['get statefulset STATEFULSET', 'template state', '"whenDeleted":"Retain"'],
    ['spec.nodeName=NODE', 'db-0', 'state-db-0'],
    ['kubectl get nodes', 'True'],
    ['allocatedResourceStatuses', 'asked 1Mi has'],
    ['get cronjobs', 'renovate'],
    ['get jobs', 'renovate-1'],
  ];

  const commands = skills.flatMap(({ name, blocks }) =>
    blocks.filter((block) => block.info === 'sh').map((block) => ({ name, line: block.line, text: block.text })),
  );

  test.each(commands)(
    '$name line $line',
    async ({ text }) => {
      const outcome = await run('sh', ['-e', '-c', substitute(text, words)], { env: asReader });
      expect(outcome.stderr).not.toMatch(/forbidden|error/i);
      expect(outcome.code, outcome.stderr).toBe(0);
      expect(outcome.stdout).not.toContain(canary);
      for (const [part, ...expected] of shows) {
        if (text.includes(part)) for (const one of expected) expect(outcome.stdout).toContain(one);
      }
    },
    60_000,
  );

  test('each expectation meets a command', () => {
    const unused = shows.filter(([part]) => !commands.some((command) => command.text.includes(part)));
    expect(unused).toEqual([]);
  });

  test.each([
    'get secrets',
    'list secrets',
    'get configmaps',
    'get pods --subresource=exec',
    'create pods --subresource=exec',
    'create pods --subresource=attach',
    'create pods --subresource=portforward',
    'patch pods --subresource=ephemeralcontainers',
    'get nodes --subresource=proxy',
    'patch nodes',
    'create serviceaccounts --subresource=token',
    'create pods',
    'delete pods',
    'patch statefulsets.apps',
    'delete persistentvolumeclaims',
    'patch persistentvolumes',
    'patch kustomizations.kustomize.toolkit.fluxcd.io',
    'patch helmreleases.helm.toolkit.fluxcd.io',
    'list clusterroles.rbac.authorization.k8s.io',
    'impersonate users',
  ])('may not %s', async (request) => {
    const outcome = await run('kubectl', ['auth', 'can-i', ...request.split(' '), '--as', reader, '-n', id]);
    expect(outcome.stdout.trim()).toBe('no');
  });

  test('cannot see how full a volume is, as storage-checks says', async () => {
    const path = `/api/v1/nodes/${words.NODE}/proxy/stats/summary`;
    const outcome = await run('kubectl', ['get', '--raw', path], { env: asReader });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('cannot get resource "nodes/proxy"');
  });
});
