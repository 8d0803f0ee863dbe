/**
 * Files that kubeseal made, through our backend, to Secrets that the real controller made. Needs KUBECONFIG, kubectl and
 * kubeseal, CRDS (a folder with the SealedSecret CRD in `bitnami.com`), E2E_SEALED_SECRETS_CONTROLLER (path of the
 * controller's program) and a host that can give a process mounts of its own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ApiObjectProps } from 'cdk8s';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealedSecrets } from '../constructs/secrets/sealed-secrets.ts';
import type { SealingScope } from '../constructs/secrets/sealing-scope.ts';
import { folderStore } from '../constructs/secrets/store.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { applyCrds } from './crds.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';
import { type Controller, controllerRights, ownMounts, startController } from './sealed-secrets-controller.ts';

const skip =
  missing({
    kubeconfig: true,
    programs: ['kubectl', 'kubeseal', 'unshare'],
    env: ['CRDS', 'E2E_SEALED_SECRETS_CONTROLLER'],
  }) ?? (spawnSync('unshare', [...ownMounts, 'true']).status === 0 ? undefined : 'unshare --mount does not work here');
announceSkip('sealed values are opened by the real controller', skip);

// Runs that share a cluster do not meet.
const run = `chitin-sealed-${process.pid}`;
const [home, namespace, elsewhere] = [`${run}-controller`, run, `${run}-elsewhere`];

const values: Readonly<Record<string, Buffer>> = {
  token: Buffer.from('dummy value of token'),
  'config.json': Buffer.from('{\n  "dummy": "value"\n}\n'),
  bytes: Buffer.from(Array.from({ length: 256 }, (_, index) => index)),
};

interface SealedSecret extends ObjectRef {
  readonly spec: { readonly encryptedData: Readonly<Record<string, string>> };
  readonly status?: { readonly conditions?: readonly { readonly status: string; readonly message?: string }[] };
}

describe.skipIf(skip)('sealed values are opened by the real controller', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  let folder: string;
  let repository: string;
  const made: ObjectRef[] = [];
  let controller: Controller | undefined;

  const apply = async (object: ObjectRef | ApiObjectProps) => {
    const answer = await api.apply(object as ObjectRef, JSON.stringify(object), { dryRun: false });
    if (answer.status >= 300) throw new Error(messageOf(answer));
  };
  const render = (secretName: string, scope: SealingScope, keys: readonly string[]) =>
    sealedSecrets({ certificate: './sealed-secrets.pem', scope }).render(
      { name: 'any', namespace, secretName, keys: Object.fromEntries(keys.map((key) => [key, 'a dummy'])) },
      folderStore(join(repository, 'clusters/lab')),
    );
  /** Seals keys with kubeseal, into a new file or one that has others. */
  const kubeseal = async (name: string, scope: SealingScope, keys: readonly string[]) => {
    const file = join(repository, 'clusters/lab/secrets', namespace, `${name}.yaml`);
    mkdirSync(dirname(file), { recursive: true });
    const from = keys.map((key) => `--from-file=${key}=${join(folder, 'values', key)}`);
    const plain = ['create', 'secret', 'generic', name, '-n', namespace, ...from, '--dry-run=client', '-o', 'yaml'];
    const target = existsSync(file) ? '--merge-into' : '--sealed-secret-file';
    const certificate = join(repository, 'clusters/lab/sealed-secrets.pem');
    const seal = ['--cert', certificate, '--scope', scope, '--format', 'yaml', target, file];
    await execa('kubectl', plain).pipe('kubeseal', seal);
  };
  /** The SealedSecret that the backend makes of a file; the file too, when there is none yet. */
  const sealed = async (name: string, scope: SealingScope, keys = Object.keys(values)): Promise<SealedSecret> => {
    if (render(name, scope, keys).objects.length === 0) await kubeseal(name, scope, keys);
    const { objects, problems } = render(name, scope, keys);
    expect(problems).toEqual([]);
    return objects[0]?.props as unknown as SealedSecret;
  };
  const opened = async (name: string, where: string, keys = Object.keys(values)) => {
    const secret = await eventually(`Secret ${where}/${name} with ${keys.join(', ')}`, 60, async () => {
      const answer = await api.get({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: where } });
      if (answer.status !== 200) throw new Error(messageOf(answer));
      const { data } = answer.body as { data: Readonly<Record<string, string>> };
      return Object.keys(data).length === keys.length ? data : undefined;
    });
    expect(secret).toEqual(Object.fromEntries(keys.map((key) => [key, values[key]?.toString('base64')])));
  };
  const staysClosed = async (object: SealedSecret) => {
    const { name, namespace: where } = object.metadata;
    const condition = await eventually(`the controller to look at SealedSecret ${where}/${name}`, 60, async () => {
      const { body } = await api.get(object);
      return (body as SealedSecret).status?.conditions?.[0];
    });
    expect(condition).toMatchObject({
      status: 'False',
      message: expect.stringContaining('no key could decrypt secret'),
    });
    const secret = await api.get({ apiVersion: 'v1', kind: 'Secret', metadata: object.metadata });
    expect(secret.status).toBe(404);
  };
  const placed = (object: SealedSecret, name: string, where: string, annotations?: object): SealedSecret => ({
    ...object,
    metadata: { ...object.metadata, name, namespace: where, ...(annotations ? { annotations } : {}) },
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sealed-secrets-'));
    repository = join(folder, 'repository');
    await applyCrds(api, join(process.env.CRDS ?? '', 'bitnami.com'));
    const namespaces = [home, namespace, elsewhere].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    }));
    for (const object of [...namespaces, ...controllerRights(home)]) {
      await apply(object);
      made.push(object);
    }
    controller = await startController({
      program: process.env.E2E_SEALED_SECRETS_CONTROLLER ?? '',
      home,
      watched: [namespace, elsewhere],
    });
    mkdirSync(join(repository, 'clusters/lab'), { recursive: true });
    writeFileSync(join(repository, 'clusters/lab/sealed-secrets.pem'), controller.certificate);
    mkdirSync(join(folder, 'values'));
    for (const [key, value] of Object.entries(values)) writeFileSync(join(folder, 'values', key), value);
  });

  afterAll(async () => {
    await controller?.stop();
    for (const object of made.toReversed()) await api.delete(object);
    rmSync(folder, { recursive: true });
  });

  test.each(['strict', 'namespace-wide', 'cluster-wide'] as const)('%s', async (scope) => {
    const name = `agent-${scope}`;
    const object = await sealed(name, scope);
    await apply(object);
    await opened(name, namespace);

    const inNamespace = placed(object, `copy-of-${name}`, namespace);
    const inCluster = placed(object, `copy-of-${name}`, elsewhere);
    await apply(inNamespace);
    await apply(inCluster);
    if (scope === 'strict') await staysClosed(inNamespace);
    else await opened(inNamespace.metadata.name, namespace);
    if (scope === 'cluster-wide') await opened(inCluster.metadata.name, elsewhere);
    else await staysClosed(inCluster);
  });

  test('a key that is added arrives, and the checksum changes', async () => {
    await apply(await sealed('growing', 'strict', ['token']));
    await opened('growing', namespace, ['token']);
    const before = render('growing', 'strict', ['token']).checksum;
    await kubeseal('growing', 'strict', ['bytes']);
    const after = render('growing', 'strict', ['token', 'bytes']);
    expect(after.checksum).not.toBe(before);
    await apply(await sealed('growing', 'strict', ['token', 'bytes']));
    await opened('growing', namespace, ['token', 'bytes']);
  });

  test('what the backend refuses, the controller does not open', async () => {
    const secrets = join(repository, 'clusters/lab/secrets', namespace);
    const strict = await sealed('original', 'strict');
    const text = readFileSync(join(secrets, 'original.yaml'), 'utf8');
    const told = (name: string, scope: SealingScope) => {
      const { objects, problems } = render(name, scope, Object.keys(values));
      expect(objects).toEqual([]);
      return problems.map(({ message }) => message);
    };
    const shown = `clusters/lab/secrets/${namespace}`;

    writeFileSync(join(secrets, 'renamed.yaml'), text);
    expect(told('renamed', 'strict')).toEqual([
      `${shown}/renamed.yaml: it holds ${namespace}/original, and its path says ${namespace}/renamed`,
    ]);
    const renamed = placed(strict, 'renamed', namespace);
    await apply(renamed);
    await staysClosed(renamed);

    expect(told('original', 'namespace-wide')).toEqual([
      `${shown}/original.yaml: sealed with scope strict, and the cluster's is namespace-wide`,
    ]);
    const widened = placed(strict, 'original', namespace, { 'sealedsecrets.bitnami.com/namespace-wide': 'true' });
    await apply(widened);
    await staysClosed(widened);

    const cut = text.replace(/^( {4}token: .{300}).*$/m, '$1');
    expect(cut).not.toBe(text);
    writeFileSync(join(secrets, 'cut.yaml'), cut.replaceAll('name: original', 'name: cut'));
    expect(told('cut', 'strict')).toEqual([`${shown}/cut.yaml: not sealed: spec.encryptedData.token`]);
    const encryptedData = { token: strict.spec.encryptedData.token?.slice(0, 300) ?? '' };
    const short = { ...placed(strict, 'cut', namespace), spec: { ...strict.spec, encryptedData } };
    await apply(short);
    await staysClosed(short);
  });
});
