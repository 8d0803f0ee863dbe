import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyRepository, edit, repository } from '../scripts/testing/repository-copy.ts';
import { ApiServer } from './api-server.ts';
import { applyCrds } from './crds.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';
import { chitin } from './repository-copy.ts';

const skip = missing({ kubeconfig: true, programs: ['kubectl'], env: ['CRDS'] });
announceSkip('a cluster without a GitOps engine is applied by kubectl', skip);

/** The lines that the documentation gives to people. */
const commands = readFileSync(join(repository, 'docs/clusters.md'), 'utf8')
  .split('\n')
  .filter((line) => /^kubectl apply .*dist\/edge/.test(line))
  .map((line) => line.split(' ').slice(1));

describe.skipIf(skip)('a cluster without a GitOps engine is applied by kubectl', () => {
  const copy = skip ? '' : copyRepository();

  beforeAll(async () => {
    const source = join(copy, 'clusters/edge/cluster.ts');
    const [engine = ''] = /flux\(\{.*?\n {2}\}\)/s.exec(readFileSync(source, 'utf8')) ?? [];
    edit(source, engine, 'none()');
    edit(source, 'flux,', 'none,');
    await chitin(copy, 'synth', 'edge');
    await applyCrds(new ApiServer(), process.env.CRDS ?? '');
  });

  afterAll(async () => {
    if (copy === '') return;
    const kubectl = (...args: string[]) => execa('kubectl', args, { cwd: copy, reject: false });
    await kubectl('delete', '--wait', '--timeout=120s', '-f', 'dist/edge/cluster');
    await kubectl(
      'delete',
      '--ignore-not-found',
      'clusterrole,clusterrolebinding',
      '-l',
      'app.kubernetes.io/managed-by=chitin',
    );
    rmSync(copy, { recursive: true });
  });

  test('the lines of the documentation, in their order, each without an error', async () => {
    expect(commands.length).toBe(3);
    for (const args of commands) {
      const { exitCode, stderr } = await execa('kubectl', args, { cwd: copy, reject: false });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    }
  });

  test('there are no objects of an engine, and a second run is as quiet', async () => {
    const { stdout } = await execa('kubectl', commands.at(-1) ?? [], { cwd: copy });
    const lines = stdout.split('\n');
    expect(lines.filter((line) => !line.endsWith(' serverside-applied'))).toEqual([]);
    expect(lines.filter((line) => /fluxcd|argoproj/.test(line))).toEqual([]);
    expect(lines).toContain('statefulset.apps/claw serverside-applied');
  });

  test('the controllers take it: the StatefulSet makes its pod', async () => {
    await eventually('the pod claw-0', 60, async () => {
      const args = ['-n', 'zeroclaw', 'get', 'pod', 'claw-0', '-o', 'jsonpath={.spec.containers[*].name}'];
      return (await execa('kubectl', args, { reject: false })).stdout === 'agent' ? true : undefined;
    });
  });
});
