/**
 * The real ZeroClaw in a real pod, as `zeroClaw()` describes it: seed, skills, state, tokens, hardening. Needs KUBECONFIG,
 * CRDS, kubectl, sops, age-keygen, and E2E_ZEROCLAW_IMAGE: an image of ZeroClaw 0.8.7 with a shell that the node can pull.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { applyCrds } from './crds.ts';
import { deletePolicies } from './delete-policies.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';
import { chitin, decrypt, encryptSecret, makeTestKey, type TestKey } from './repository-copy.ts';

const programs = ['kubectl', 'sops', 'age-keygen'];
const skip = missing({ kubeconfig: true, programs, env: ['CRDS', 'E2E_ZEROCLAW_IMAGE'] });
announceSkip('ZeroClaw runs as its adapter says', skip);

const namespace = `chitin-zeroclaw-${process.pid}`;
const token = 'zc_e2e-dummy-token';
const install = '/zeroclaw-data/.zeroclaw';

function clusterSource(recipient: string): string {
  const library = pathToFileURL(resolve(import.meta.dirname, '../constructs/index.ts')).href;
  return `
import { Agent, AgentApp, Cluster, cilium, filesSeed, flux, image, kubeconfig, matrix, readCluster, route, Size, sops, zeroClaw } from '${library}';

export default new Cluster('live', {
  kubernetes: '1.36',
  domain: 'live.test',
  gitops: flux({ repository: { url: 'https://git.live.test/live.git' }, decryptWith: 'sops-age' }),
  secrets: sops({ recipients: ['${recipient}'] }),
  gateway: { name: 'internal', namespace: 'gateway-system', scheme: 'https', peers: 'cilium-ingress' },
  network: cilium(),
  apps: (cluster) => {
    const app = new AgentApp(cluster, 'claw', { namespace: '${namespace}' });
    const agent = new Agent(app, 'claw', {
      runtime: zeroClaw({ image: image('${process.env.E2E_ZEROCLAW_IMAGE}'), commands: ['ls'], metrics: true }),
      model: route('anthropic/claude-sonnet-4-5', { fallbacks: ['openai/gpt-5'] }),
      channels: [matrix({ homeserver: 'https://matrix.live.test', user: '@claw:live.test', rooms: ['!ops:live.test'], people: ['@sam:live.test'] })],
      skills: ['flux-debugging', 'renovate-dry-run'],
      seed: filesSeed({ 'AGENTS.md': 'Propose, do not act.\\n', 'docs/notes.md': 'x\\n' }),
      credentials: [kubeconfig()],
      storage: Size.mebibytes(64),
    });
    agent.expose('claw');
    agent.grant(readCluster, { because: 'test' });
  },
});
`;
}

const secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'claw-anthropic': { 'api-key': 'dummy' },
  'claw-openai': { 'api-key': 'dummy' },
  'claw-matrix': { password: 'dummy', 'recovery-key': 'dummy' },
  'claw-gateway': { token },
  'claw-kubeconfig': { config: 'apiVersion: v1\nkind: Config\n' },
};

describe.skipIf(skip)('ZeroClaw runs as its adapter says', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  let repository: string;
  let key: TestKey;

  const kubectl = async (...args: string[]) => (await execa('kubectl', ['-n', namespace, ...args])).stdout;
  const sh = (script: string) => kubectl('exec', 'claw-0', '-c', 'agent', '--', '/bin/sh', '-c', script);
  const ready = () =>
    eventually(
      'claw-0 to be Ready',
      120,
      async () => {
        const pod = JSON.parse(await kubectl('get', 'pod', 'claw-0', '-o', 'json'));
        const conditions: { type: string; status: string }[] = pod.status.conditions ?? [];
        return conditions.some(({ type, status }) => type === 'Ready' && status === 'True') ? pod : undefined;
      },
      () => kubectl('describe', 'pod', 'claw-0'),
    );
  /** Asks the gateway through the API server, as the pod's own address. */
  const get = async (path: string, bearer?: string) => {
    const forward = execa('kubectl', ['-n', namespace, 'port-forward', 'pod/claw-0', ':42617'], { reject: false });
    try {
      const [, port] = await new Promise<RegExpExecArray>((found, failed) => {
        forward.stdout.on('data', (chunk) => {
          const match = /127\.0\.0\.1:(\d+)/.exec(String(chunk));
          if (match) found(match);
        });
        void forward.then(() => failed(new Error('kubectl port-forward ended')));
      });
      const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      return { status: answer.status, text: await answer.text() };
    } finally {
      forward.kill();
      await forward;
    }
  };

  beforeAll(async () => {
    key = await makeTestKey();
    repository = mkdtempSync(join(tmpdir(), 'chitin-zeroclaw-'));
    await applyCrds(api, process.env.CRDS ?? '');
    cpSync(resolve(import.meta.dirname, '../skills'), join(repository, 'skills'), { recursive: true });
    const folder = join(repository, 'clusters/live/secrets', namespace);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(repository, 'clusters/live/cluster.ts'), clusterSource(key.recipient));
    for (const [name, values] of Object.entries(secrets)) {
      writeFileSync(join(folder, `${name}.yaml`), await encryptSecret(name, namespace, values, key));
    }
    await chitin(repository, 'synth');
    for (const part of ['cluster', 'claw']) await apply(join(repository, 'dist/live', part));
  });

  const apply = async (folder: string) => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name));
    for (const path of paths.sort((a, b) => Number(b.includes('namespace.')) - Number(a.includes('namespace.')))) {
      const plain = readFileSync(path, 'utf8');
      const text = /^sops:$/m.test(plain) ? await decrypt(path, key) : plain;
      const object = load(text) as ObjectRef;
      const answer = await api.apply(object, text, { dryRun: false });
      if (answer.status >= 300) throw new Error(`${path}: ${messageOf(answer)}`);
    }
  };

  afterAll(async () => {
    for (const kind of ['ClusterRole', 'ClusterRoleBinding']) {
      const metadata = { name: `${namespace}-claw-read-cluster` };
      await api.delete({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata });
    }
    await deletePolicies(api);
    await api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    rmSync(repository, { recursive: true });
  });

  test('the pod becomes Ready, and its log names no pairing code', async () => {
    await ready();
    const log = await kubectl('logs', 'claw-0', '-c', 'agent');
    expect(log).not.toMatch(/pairing code/i);
    expect(await kubectl('logs', 'claw-0', '-c', 'seed')).toBe('seed: 2 files in place, 0 removed');
  });

  test('the gateway answers those who hold the token, about the agent that was described', async () => {
    const { status, text } = await get('/health');
    expect([status, JSON.parse(text).require_pairing]).toEqual([200, true]);
    expect((await get('/metrics')).text).toContain('\n# TYPE zeroclaw_');
    expect((await get('/api/status?agent=claw')).status).toBe(401);
    expect((await get('/api/status?agent=claw', 'zc_another-token')).status).toBe(401);
    const known = JSON.parse((await get('/api/status?agent=claw', token)).text);
    expect(known).toMatchObject({
      version: '0.8.7',
      model_provider: 'anthropic.primary',
      model: 'claude-sonnet-4-5',
      channels: { 'matrix.claw': true },
    });
    const { skills } = JSON.parse((await get('/api/agents/claw/skills', token)).text);
    const names = (skills as { name: string }[]).map(({ name }) => name);
    expect(names.sort()).toEqual(['flux-debugging', 'renovate-dry-run']);
  });

  test('the seed and the skills are there, and the agent cannot change the skills or its configuration', async () => {
    expect(await sh(`cat ${install}/agents/claw/workspace/AGENTS.md`)).toBe('Propose, do not act.');
    for (const path of [
      'config.toml',
      'shared/skills/claw/flux-debugging/SKILL.md',
      'shared/skills/claw/flux-debugging/new.md',
    ]) {
      await expect(sh(`echo x >${install}/${path}`)).rejects.toThrow(/Read-only file system|Permission denied/);
    }
    await expect(sh('echo x >/etc/x')).rejects.toThrow('Read-only file system');
    expect(await sh('cat /var/run/secrets/chitin/kubeconfig/config')).toBe('apiVersion: v1\nkind: Config');
  });

  test('state outlives the pod', async () => {
    const before = await sh(`cat ${install}/.secret_key`);
    await kubectl('delete', 'pod', 'claw-0');
    await ready();
    expect(await sh(`cat ${install}/.secret_key`)).toBe(before);
  });
});
