/**
 * Values that this program sealed, through our backend, to Secrets that the real controller made; and what kubeseal makes,
 * through our checks. Needs KUBECONFIG, kubectl and kubeseal, CRDS (a folder with the SealedSecret CRD in `bitnami.com`),
 * E2E_SEALED_SECRETS_CONTROLLER (path of the controller's program), a host that can give a process mounts of its own, and an
 * API server that reaches the host.
 */
import { spawnSync } from 'node:child_process';
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ApiObjectProps } from 'cdk8s';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealedSecrets } from '../constructs/secrets/sealed-secrets.ts';
import type { SealingScope } from '../constructs/secrets/sealing-scope.ts';
import type { SecretType } from '../constructs/secrets/secret-type.ts';
import { folderStore } from '../constructs/secrets/store.ts';
import type { Change, SecretPlace } from '../scripts/secrets/keeper.ts';
import { parseCertificate } from '../scripts/secrets/sealed/certificate.ts';
import { liveController } from '../scripts/secrets/sealed/controller.ts';
import { sealedSecretText } from '../scripts/secrets/sealed/file-text.ts';
import { type SealedKeeper, sealedKeeper } from '../scripts/secrets/sealed/keeper.ts';
import { pinOf } from '../scripts/secrets/sealed/pin.ts';
import { sealingLabel, sealValue } from '../scripts/secrets/sealed/seal.ts';
import { open } from '../scripts/secrets/sealed/testing/certificate.ts';
import { sealedData } from '../scripts/secrets/sealed/testing/sealing.ts';
import { runIn } from '../scripts/secrets/testing/copy.ts';
import { copyRepository } from '../scripts/testing/repository-copy.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { applyCrds } from './crds.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';
import { type Controller, controllerRights, ownMounts, startController } from './sealed-secrets-controller.ts';

/** An address of this host at which the API server may find a service: it refuses those of the loopback. */
const hostAddress = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

const skip =
  missing({
    kubeconfig: true,
    programs: ['kubectl', 'kubeseal', 'unshare'],
    env: ['CRDS', 'E2E_SEALED_SECRETS_CONTROLLER'],
  }) ??
  (spawnSync('unshare', [...ownMounts, 'true']).status === 0 ? undefined : 'unshare --mount does not work here') ??
  (hostAddress === undefined ? 'the host has no address but its loopback' : undefined);
announceSkip('the real controller opens what we seal', skip);

// Runs that share a cluster do not meet.
const run = `chitin-sealing-${process.pid}`;
const [home, namespace, elsewhere, service] = [`${run}-controller`, run, `${run}-elsewhere`, 'sealed-secrets'];

const values: Readonly<Record<string, Buffer>> = {
  token: Buffer.from('dummy value of token'),
  lines: Buffer.from('one\r\ntwo\r\n'),
  unicode: Buffer.from('\ufeffdummy pä\u0301ss 🔑\u0000'),
  empty: Buffer.alloc(0),
  bytes: Buffer.from(Array.from({ length: 256 }, (_, index) => index)),
  on: Buffer.from('a name that is no text in YAML 1.1'),
  '1e3': Buffer.from('nor this'),
  '.dockerconfigjson': Buffer.from('{}\n'),
};

interface SealedSecret extends ObjectRef {
  readonly status?: { readonly conditions?: readonly { readonly status: string; readonly message?: string }[] };
}

describe.skipIf(skip)('the real controller opens what we seal', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  const made: ObjectRef[] = [];
  /** Values that are given by the command line, and the repository that they are in. */
  const typed = { password: 'dummy password', 'recovery-key': 'dummy key' };
  let copy: string;
  let folder: string;
  let controller: Controller;
  let forwarder: Server;

  const apply = async (object: ObjectRef | ApiObjectProps) => {
    const answer = await api.apply(object as ObjectRef, JSON.stringify(object), { dryRun: false });
    if (answer.status >= 300) throw new Error(messageOf(answer));
  };
  const placeOf = (name: string, where = namespace): SecretPlace => ({
    namespace: where,
    name,
    path: `clusters/lab/secrets/${where}/${name}.yaml`,
  });
  const keeperOf = (scope: SealingScope, record?: string): SealedKeeper =>
    sealedKeeper({
      cluster: 'lab',
      scope,
      certificate: { path: 'clusters/lab/sealed-secrets.pem', text: controller.certificate },
      record: { path: 'clusters/lab/sealed-values.jsonl', text: record },
      now: new Date(),
    });
  const seal = async (keeper: SealedKeeper, place: SecretPlace, set = values): Promise<Change> => {
    const change = await keeper.change(place, undefined, new Map(Object.entries(set)), []);
    expect(keeper.inspect(place, change.text, Object.keys(set))).toEqual([]);
    return change;
  };
  /** The object that goes into `dist`. */
  const rendered = (place: SecretPlace, scope: SealingScope, text: string, type?: SecretType): SealedSecret => {
    const file = join(folder, place.path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    const keys = Object.fromEntries(Object.keys(sealedData(text)).map((key) => [key, 'a dummy']));
    const { objects, problems } = sealedSecrets({ certificate: './sealed-secrets.pem', scope }).render(
      { name: 'any', namespace: place.namespace, secretName: place.name, keys, type },
      folderStore(join(folder, 'clusters/lab')),
    );
    expect(problems).toEqual([]);
    return objects[0]?.props as unknown as SealedSecret;
  };
  const opened = async (name: string, where: string, expected: Readonly<Record<string, Buffer>>) => {
    const wanted = Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, value.toString('base64')]));
    await eventually(
      `Secret ${where}/${name} with the right values`,
      60,
      async () => {
        const answer = await api.get({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: where } });
        if (answer.status !== 200) throw new Error(messageOf(answer));
        const { data } = answer.body as { data: Readonly<Record<string, string>> };
        const same = Object.keys(wanted).every((key) => (data[key] ?? '') === wanted[key]);
        return same && Object.keys(data).length === Object.keys(wanted).length ? true : undefined;
      },
      async () => {
        const { body } = await api.get(sealedRef(name, where));
        return JSON.stringify((body as SealedSecret).status);
      },
    );
  };
  const sealedRef = (name: string, where: string): ObjectRef => ({
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name, namespace: where },
  });
  /** What controllers say of a SealedSecret. Another one of the cluster may write its own words into the condition; events stay. */
  const said = async (name: string, where: string): Promise<readonly string[]> => {
    const { body } = await api.get(sealedRef(name, where));
    const conditions = (body as SealedSecret).status?.conditions ?? [];
    const of = ['--field-selector', `involvedObject.name=${name}`, '-o', 'json'];
    const { stdout } = await execa('kubectl', ['-n', where, 'get', 'events', ...of]);
    const { items } = JSON.parse(stdout) as { items: readonly { readonly message?: string }[] };
    return [...conditions, ...items].flatMap((each) => each.message ?? []);
  };
  const staysClosed = async (name: string, where: string, message: string) => {
    await eventually(
      `the controller to say "${message}" of SealedSecret ${where}/${name}`,
      60,
      async () => ((await said(name, where)).some((each) => each.includes(message)) ? true : undefined),
      async () => (await said(name, where)).join('\n'),
    );
    const secret = await api.get({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: where } });
    expect(secret.status).toBe(404);
  };
  const moved = (object: SealedSecret, name: string, where: string): SealedSecret => ({
    ...object,
    metadata: { ...object.metadata, name, namespace: where },
  });
  const kubeseal = async (args: readonly string[], input: string | Uint8Array = '') => {
    const where = ['--controller-namespace', home, '--controller-name', service];
    return await execa('kubeseal', [...where, ...args], { input, reject: false, stripFinalNewline: false });
  };
  /** What kubeseal makes of a Secret for the controller's certificate. */
  const kubesealed = async (place: SecretPlace, scope: SealingScope, set: Readonly<Record<string, Buffer>>) => {
    const data = Object.fromEntries(Object.entries(set).map(([key, value]) => [key, value.toString('base64')]));
    const { namespace: where, name } = place;
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: where }, data };
    const certificate = join(folder, 'cert.pem');
    writeFileSync(certificate, controller.certificate);
    const args = ['--cert', certificate, '--scope', scope, '--format', 'yaml'];
    const { stdout, stderr, exitCode } = await kubeseal(args, JSON.stringify(secret));
    expect([exitCode, stderr]).toEqual([0, '']);
    return stdout;
  };

  /** Puts an address of this host behind the service. The API server's proxy goes to addresses of pods only, so a pod that nobody schedules has it. */
  const serveAt = async (ip: string, port: number) => {
    const metadata = { name: service, namespace: home };
    const ports = [{ name: 'http', port }];
    const containers = [{ name: 'none', image: 'lab.test/none:1' }];
    await apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { schedulerName: 'nobody', containers },
    } as ObjectRef);
    const status = JSON.stringify({ status: { podIP: ip, podIPs: [{ ip }] } });
    const patch = ['patch', 'pod', service, '--subresource=status', '--type=merge', '-p', status];
    await execa('kubectl', ['-n', home, ...patch]);
    await apply({ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } } as ObjectRef);
    const addresses = [{ ip, targetRef: { kind: 'Pod', ...metadata } }];
    await apply({ apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [{ addresses, ports }] } as ObjectRef);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sealing-'));
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
    const program = process.env.E2E_SEALED_SECRETS_CONTROLLER ?? '';
    controller = await startController({ program, home, watched: [namespace, elsewhere] });
    forwarder = createServer((client) => {
      const upstream = connect(Number(new URL(controller.url).port), '127.0.0.1');
      client.pipe(upstream).pipe(client);
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
    });
    await new Promise<void>((resolve) => forwarder.listen(0, hostAddress, resolve));
    const { port } = forwarder.address() as { port: number };
    await serveAt(hostAddress ?? '', port);
    await eventually('the API server to know where the service is', 60, async () => {
      return await (await liveController({ namespace: home, service })).certificate();
    });
  });

  afterAll(async () => {
    await controller?.stop();
    forwarder?.close();
    for (const object of made.toReversed()) await api.delete(object);
    rmSync(folder, { recursive: true });
    if (copy) rmSync(copy, { recursive: true });
  });

  test.each(['strict', 'namespace-wide', 'cluster-wide'] as const)('%s', async (scope) => {
    const place = placeOf(`ours-${scope}`);
    const { text } = await seal(keeperOf(scope), place);
    const object = rendered(place, scope, text);
    await apply(object);
    await opened(place.name, namespace, values);

    const copy = `copy-of-${place.name}`;
    await apply(moved(object, copy, namespace));
    await apply(moved(object, copy, elsewhere));
    const closed = 'no key could decrypt secret';
    if (scope === 'strict') await staysClosed(copy, namespace, closed);
    else await opened(copy, namespace, values);
    if (scope === 'cluster-wide') await opened(copy, elsewhere, values);
    else await staysClosed(copy, elsewhere, closed);
  });

  test('a renamed file: we refuse it, and the controller does not open it', async () => {
    const [place, renamed] = [placeOf('original'), placeOf('renamed')];
    const keeper = keeperOf('strict');
    const { text } = await seal(keeper, place, { token: values.token ?? Buffer.alloc(0) });
    const everywhere = text.replaceAll('name: original', 'name: renamed');
    expect(keeper.inspect(renamed, everywhere, ['token']).map(({ kind, key }) => [kind, key])).toEqual([
      ['stale', 'token'],
    ]);
    await apply(rendered(renamed, 'strict', everywhere));
    await staysClosed('renamed', namespace, 'no key could decrypt secret');
  });

  test('1 MiB arrives, and the API server takes no byte more', async () => {
    const full = randomBytes(1024 * 1024);
    const place = placeOf('full');
    await apply(rendered(place, 'strict', (await seal(keeperOf('strict'), place, { full })).text));
    await opened('full', namespace, { full });

    const over = placeOf('over');
    const { certificate } = parseCertificate('cert.pem', controller.certificate);
    if (!certificate) throw new Error('no certificate');
    const sealed = sealValue(certificate, sealingLabel(over, 'strict'), randomBytes(1024 * 1024 + 1));
    await apply(rendered(over, 'strict', sealedSecretText(over, 'strict', new Map([['full', sealed]]))));
    await staysClosed('over', namespace, 'Too long');
  });

  test('a change of one key leaves the others as they were', async () => {
    const place = placeOf('changing');
    const keeper = keeperOf('strict');
    const { text } = await seal(keeper, place);
    await apply(rendered(place, 'strict', text));
    const token = Buffer.from('another dummy');
    const next = await keeper.change(place, text, new Map([['token', token]]), ['empty']);
    const { token: oldToken, empty, ...kept } = sealedData(text);
    expect(sealedData(next.text)).toEqual({ ...kept, token: expect.not.stringMatching(oldToken?.slice(-40) ?? '') });
    expect(empty).toBeDefined();
    await apply(rendered(place, 'strict', next.text));
    const expected = Object.fromEntries(Object.entries({ ...values, token }).filter(([key]) => key !== 'empty'));
    await opened(place.name, namespace, expected);
  });

  test.each(['strict', 'namespace-wide', 'cluster-wide'] as const)(
    'what kubeseal makes, %s: adopted, and changed by us',
    async (scope) => {
      const place = placeOf(`theirs-${scope}`);
      const text = await kubesealed(place, scope, values);
      const keeper = keeperOf(scope);
      const keys = Object.keys(values);
      expect(keeper.inspect(place, text, keys).map(({ kind }) => kind)).toEqual(keys.map(() => 'unverifiable'));
      const record = recordOfLab(keeper.adopt(place, text));
      expect(keeperOf(scope, record).inspect(place, text, keys)).toEqual([]);

      const token = Buffer.from('another dummy');
      const next = await keeper.change(place, text, new Map([['token', token]]), []);
      const old = text.split('\n').filter((line) => !next.text.split('\n').includes(line));
      expect(old.map((line) => line.trim().split(':')[0])).toEqual(['token']);
      await apply(rendered(place, scope, next.text));
      await opened(place.name, namespace, { ...values, token });
    },
  );

  test('a type that is needed is the type of the Secret', async () => {
    const type = 'kubernetes.io/dockerconfigjson';
    const place = { ...placeOf('pull'), type } as const;
    const config = { '.dockerconfigjson': Buffer.from('{"auths":{}}') };
    await apply(rendered(place, 'strict', (await seal(keeperOf('strict'), place, config)).text, type));
    await opened('pull', namespace, config);
    const { body } = await api.get({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'pull', namespace } });
    expect(body).toMatchObject({ type });
  });

  test('what kubeseal --raw makes', async () => {
    const place = placeOf('raw');
    const certificate = join(folder, 'cert.pem');
    writeFileSync(certificate, controller.certificate);
    const args = ['--raw', '--cert', certificate, '--namespace', namespace, '--name', 'raw'];
    const { stdout } = await kubeseal(args, values.bytes);
    const text = sealedSecretText(place, 'strict', new Map([['bytes', stdout]]));
    const keeper = keeperOf('strict');
    expect(keeper.inspect(place, keeper.adopt(place, text).text, ['bytes'])).toEqual([]);
    await apply(rendered(place, 'strict', text));
    await opened('raw', namespace, { bytes: values.bytes ?? Buffer.alloc(0) });
  });

  describe('through the API server', () => {
    test('the certificate is the one that kubeseal fetches', async () => {
      const live = await liveController({ namespace: home, service });
      const pem = await live.certificate();
      expect(pem).toBe(controller.certificate);
      const { stdout } = await kubeseal(['--fetch-cert']);
      expect(stdout).toBe(pem);
      const pinned = { path: 'clusters/lab/sealed-secrets.pem', text: undefined };
      expect(pinOf(pinned, { path: live.shown, text: pem }, new Date())).toMatchObject({ text: pem, replaces: false });
    });

    test('a service that is not there', async () => {
      await expect(liveController({ namespace: home, service: 'other' })).rejects.toThrow(
        `service ${home}/other: the API server answered 404 to GET`,
      );
    });

    test('kubeseal --validate agrees with us', async () => {
      const [place, renamed] = [placeOf('valid'), placeOf('invalid')];
      const keeper = keeperOf('strict');
      const { text } = await seal(keeper, place);
      expect(await kubeseal(['--validate'], text)).toMatchObject({ exitCode: 0, stderr: '' });
      const invalid = text.replaceAll('name: valid', 'name: invalid');
      expect(await kubeseal(['--validate'], invalid)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('unable to decrypt sealed secret'),
      });
      expect(keeper.inspect(renamed, invalid, Object.keys(values))).not.toEqual([]);
    });

    test('by the command line: a certificate is fetched, compared and pinned, and values are sealed for it', async () => {
      copy = copyRepository();
      for (const part of ['secrets', 'sealed-values.jsonl'])
        rmSync(join(copy, 'clusters/edge', part), { recursive: true });
      const [secrets, pinned] = [runIn(copy), join(copy, 'clusters/edge/sealed-secrets.pem')];
      const pull = ['cert', 'pull', 'edge', '--namespace', home, '--service', service];
      const before = readFileSync(pinned, 'utf8');
      expect(await secrets(pull)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('nothing was changed'),
      });
      const other = `${'00:'.repeat(31)}00`;
      expect((await secrets([...pull, '--fingerprint', other])).exitCode).toBe(2);
      expect(readFileSync(pinned, 'utf8')).toBe(before);
      const fingerprint = new X509Certificate(controller.certificate).fingerprint256;
      const { stdout } = await secrets([...pull, '--fingerprint', fingerprint]);
      expect(stdout).toContain(`fingerprint  ${fingerprint}\n`);
      expect(stdout).toContain('It has another key than the one before: chitin secrets rotate edge says');
      expect(readFileSync(pinned, 'utf8')).toBe(controller.certificate);
      for (const [key, input] of Object.entries(typed))
        expect(await secrets(['set', 'edge', 'claw-matrix', key], { input })).toMatchObject({
          exitCode: 0,
          stderr: '',
        });
    });

    test('a new key: the old certificate is told, and the controller encrypts again', async () => {
      const place = placeOf('rotated');
      const { text, ...before } = await seal(keeperOf('strict'), place);
      const record = recordOfLab({ text, ...before });
      const old = controller.certificate;
      const live = await liveController({ namespace: home, service });

      await controller.stop();
      controller = await startController({
        program: process.env.E2E_SEALED_SECRETS_CONTROLLER ?? '',
        home,
        watched: [namespace, elsewhere],
        flags: [`--key-cutoff-time=${new Date().toUTCString().replace('GMT', '+0000')}`],
      });
      const pem = await live.certificate();
      expect(pinOf({ path: 'old.pem', text: old }, { path: 'new.pem', text: pem }, new Date())).toMatchObject({
        replaces: true,
        otherKey: true,
      });
      const keeper = keeperOf('strict', record);
      const keys = Object.keys(values);
      expect(new Set(keeper.inspect(place, text, keys).map(({ kind }) => kind))).toEqual(new Set(['wrong-key']));
      expect(keeper.old([{ place, text }]).map(({ key }) => key)).toEqual(Object.keys(sealedData(text)));

      const next = await keeper.reencrypt(place, text, live);
      expect(keeper.inspect(place, next.text, keys)).toEqual([]);
      const privateKey = await newestKey();
      for (const [key, value] of Object.entries(values))
        expect(open({ privateKey, pem }, `${namespace}/rotated`, sealedData(next.text)[key] ?? '').equals(value)).toBe(
          true,
        );
      await apply(rendered(place, 'strict', next.text));
      await opened('rotated', namespace, values);
    });

    test('by the command line: the new certificate is pinned, and the controller encrypts again', async () => {
      const secrets = runIn(copy);
      const where = ['--namespace', home, '--service', service];
      const rotate = ['rotate', 'edge', '--reencrypt', ...where];
      // Not before its certificate is pinned: the controller encrypts for its newest key.
      expect((await secrets(['rotate', 'edge'])).exitCode).toBe(0);
      const fingerprint = new X509Certificate(controller.certificate).fingerprint256;
      expect((await secrets(['cert', 'pull', 'edge', ...where, '--fingerprint', fingerprint])).exitCode).toBe(0);
      const left = await secrets(['rotate', 'edge']);
      expect(left).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('2 values to be given again') });
      const again = await secrets(rotate);
      const path = 'clusters/edge/secrets/zeroclaw/claw-matrix.yaml';
      expect(again).toMatchObject({
        exitCode: 0,
        stderr: '',
        stdout: expect.stringContaining(`${path}: encrypted again`),
      });
      expect((await secrets(['list', 'edge'])).stdout).toMatch(
        /claw-matrix +password +present [\s\S]*recovery-key +present /,
      );
      const key = { privateKey: await newestKey(), pem: controller.certificate };
      const text = readFileSync(join(copy, path), 'utf8');
      for (const [name, value] of Object.entries(typed))
        expect(open(key, 'zeroclaw/claw-matrix', sealedData(text)[name] ?? '').toString()).toBe(value);
      expect((await secrets(['rotate', 'edge'])).exitCode).toBe(0);
    });
  });

  /** The private key that the controller made last, which only a test looks at. */
  async function newestKey() {
    const args = ['-n', home, 'get', 'secrets', '-l', 'sealedsecrets.bitnami.com/sealed-secrets-key', '-o', 'json'];
    const { stdout } = await execa('kubectl', args);
    const { items } = JSON.parse(stdout) as {
      items: readonly { metadata: { creationTimestamp: string }; data: Record<string, string> }[];
    };
    expect(items).toHaveLength(2);
    const newest = items.toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))[0];
    return createPrivateKey(Buffer.from(newest?.data['tls.key'] ?? '', 'base64'));
  }
});

function recordOfLab(change: Change): string {
  return change.beside?.find(({ path }) => path === 'clusters/lab/sealed-values.jsonl')?.text ?? '';
}
