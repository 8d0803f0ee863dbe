import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Minor } from '../facts.ts';
import { image, imageReference, images } from '../images.ts';
import { reportedBelow } from '../problem.ts';
import { oneAgent, problemsOf, rendered } from '../testing/cluster.ts';
import { folder } from '../testing/folder.ts';
import { type ToolboxOptions, toolbox } from './toolbox.ts';

const own = image('registry.example.test/tools:1.0.0');

function planned(options: ToolboxOptions, kubernetes: Minor = '1.36') {
  const secret = () => ({ secret: '', key: '' });
  return toolbox(options).plan({ place: 'sidecar', host: '127.0.0.1', kubernetes, secret });
}

function copiers(options: ToolboxOptions) {
  return planned(options).programs?.init ?? [];
}

test('a container for each program, from its image, into a folder that comes first in the PATH', () => {
  const { cluster } = oneAgent({ tools: [toolbox({ kubectl: true, flux: '2.9.4', others: { yq: { image: own } } })] });
  const objects = rendered(cluster);
  expect(problemsOf(cluster)).toEqual([]);
  const { initContainers, containers, volumes } = objects['StatefulSet agent'].spec.template.spec;
  expect(initContainers.map(({ name, image }: { name: string; image: string }) => [name, image])).toEqual([
    ['toolbox-kubectl', 'docker.io/alpine/kubectl:1.36.3'],
    ['toolbox-flux', 'ghcr.io/fluxcd/flux-cli:v2.9.4'],
    ['toolbox-yq', 'registry.example.test/tools:1.0.0'],
  ]);
  for (const { restartPolicy, volumeMounts } of initContainers) {
    expect({ restartPolicy, volumeMounts }).toEqual({
      restartPolicy: undefined,
      volumeMounts: [{ name: 'tool-toolbox', mountPath: '/opt/toolbox' }],
    });
  }
  expect(volumes).toContainEqual({ name: 'tool-toolbox', emptyDir: { sizeLimit: '768Mi' } });
  expect(containers[0].volumeMounts).toContainEqual({
    name: 'tool-toolbox',
    mountPath: '/opt/toolbox',
    readOnly: true,
  });
  expect(containers[0].env).toContainEqual({
    name: 'PATH',
    value: '/opt/toolbox:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  });
});

test('it opens no connection, so there is nothing to review', () => {
  const { cluster } = oneAgent({ tools: [toolbox({ helm: true })] });
  expect(rendered(cluster)['CiliumNetworkPolicy agent'].metadata.annotations['chitin.dev/flows']).toBe(
    'out llm/app=llm:8080 (model provider local)\n',
  );
  expect(reportedBelow(cluster).findings).toEqual([]);
});

test('another version has none of the pinned digest', () => {
  expect(copiers({ kubectl: '1.35.9' })[0]?.image).toEqual({ repository: images.kubectl136.repository, tag: '1.35.9' });
  expect(copiers({ kubectl: true })[0]?.image).toBe(images.kubectl136);
  expect(copiers({ kubectl: { image: own, path: '/bin/kubectl' } })[0]?.command?.slice(-3)).toEqual([
    'kubectl',
    '/opt/toolbox',
    '/bin/kubectl',
  ]);
});

test.each([
  ['1.33', '1.33.4'],
  ['1.34', '1.34.2'],
  ['1.35', '1.35.4'],
  ['1.36', '1.36.3'],
] as const)('kubectl for Kubernetes %s is %s', (kubernetes, version) => {
  const { programs, problems } = planned({ kubectl: true }, kubernetes);
  expect(programs?.init.map(({ image }) => imageReference(image))).toEqual([`docker.io/alpine/kubectl:${version}`]);
  expect(problems).toEqual([]);
});

test('kubectl one minor away is let pass, two are not, and an image of the author is not judged', () => {
  for (const kubectl of ['1.34.8', '1.35.9', '1.36.3'] as const)
    expect(planned({ kubectl }, '1.35').problems).toEqual([]);
  for (const kubectl of ['1.33.4', '1.37.0', '2.35.0'] as const) {
    expect(planned({ kubectl }, '1.35').problems).toEqual([
      {
        message: `tool toolbox: kubectl ${kubectl} for Kubernetes 1.35`,
        why: 'kubectl is supported one minor older or newer than the API server, and no further.',
        help: "Use `kubectl: true`, which is the version for each cluster's minor.",
      },
    ]);
  }
  expect(planned({ kubectl: { image: own } }, '1.35').problems).toEqual([]);
});

test('no programs, a name that is none, and one that is there twice', () => {
  expect(planned({}).problems).toEqual([
    { message: 'tool toolbox has no programs', help: 'Name one: `toolbox({ kubectl: true })`.' },
  ]);
  expect(planned({ kubectl: true, others: { kubectl: { image: own }, '../sh': { image: own } } }).problems).toEqual([
    {
      message: 'tool toolbox: "../sh" is not a name for a program',
      why: 'Its init container is named after it.',
      help: 'Use at most 50 lowercase letters, digits and hyphens.',
    },
    { message: 'tool toolbox: program kubectl is there twice', help: 'Remove it from `others`.' },
  ]);
});

const shells = [
  { name: 'dash', argv: ['dash'] },
  { name: 'busybox', argv: ['busybox', 'sh'] },
  { name: 'bash', argv: ['bash', '--posix'] },
].map((shell) => {
  const missing = spawnSync(shell.argv[0] ?? '', [...shell.argv.slice(1), '-c', ':']).status !== 0;
  if (missing) console.warn(`skipped: toolbox under ${shell.name}: it is not on the PATH`);
  return { ...shell, missing };
});

describe.each(shells)('copying under $name', ({ argv, missing }) => {
  /** Runs the command of the init container, with another shell and folder, and `PATH` of an image. */
  function copy(options: ToolboxOptions, root: string) {
    const [, ...args] = copiers(options)[0]?.command ?? [];
    const [program = '', ...first] = argv;
    const target = join(root, 'target');
    mkdirSync(target, { recursive: true });
    const placed = args.map((arg) => (arg === '/opt/toolbox' ? target : arg));
    const run = spawnSync(program, [...first, ...placed], {
      encoding: 'utf8',
      // With a socket as its input bash takes itself for a remote shell, and reads its start-up files.
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${join(root, 'bin')}:${process.env.PATH}` },
    });
    return { status: run.status, stderr: run.stderr, target };
  }

  test.skipIf(missing)('a program of the PATH, or of a path, is there and can be run, again after a restart', () => {
    const root = folder({ 'bin/flux': '#!/bin/sh\necho flux\n', 'odd/one': '#!/bin/sh\necho odd\n' });
    for (const file of ['bin/flux', 'odd/one']) chmodSync(join(root, file), 0o755);
    for (const _ of [1, 2]) {
      const { status, stderr, target } = copy({ flux: true }, root);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(readdirSync(target)).toEqual(['flux']);
      expect(statSync(join(target, 'flux')).mode & 0o777).toBe(0o555);
      expect(spawnSync(join(target, 'flux'), { encoding: 'utf8' }).stdout).toBe('flux\n');
    }
    const odd = copy({ others: { odd: { image: own, path: `/${join(root, 'odd/one')}` } } }, root);
    expect(odd.status).toBe(0);
    expect(readFileSync(join(odd.target, 'odd'), 'utf8')).toContain('echo odd');
  });

  test.skipIf(missing)('an image without the program is told, and leaves nothing', () => {
    const root = folder({ 'bin/flux': '' });
    const { status, stderr, target } = copy({ others: { 'no-such-program': { image: own } } }, root);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'there is no no-such-program on the PATH of this image\n',
    });
    expect(existsSync(join(target, 'no-such-program'))).toBe(false);
  });
});
