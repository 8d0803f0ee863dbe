/**
 * A running Flux applies what `synth` renders: order, decryption, pruning, a broken commit and the one that mends it. Needs
 * KUBECONFIG of a cluster with Flux 2.9 in `flux-system` and a node that has or can pull $E2E_IMAGE (any image that runs as
 * uid 65534 and does not end), git, and E2E_GIT_REPOSITORY: the URL of a Git repository that is ours alone, that takes pushes
 * without asking, and that Flux reads.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { image } from '../constructs/images.ts';
import { embeddedEngine } from '../scripts/secrets/sops/embedded.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';
import { chitin } from './repository-copy.ts';

const skip = missing({ kubeconfig: true, programs: ['git', 'kubectl'], env: ['E2E_GIT_REPOSITORY'] });
announceSkip('Flux applies the output', skip);

const good = process.env.E2E_IMAGE ?? 'registry.k8s.io/pause:3.10';
const namespace = `chitin-flux-${process.pid}`;
const value = 'käse\r\nand a second line';

/** What differs between commits. */
interface Commit {
  readonly image: string;
  readonly skills: readonly string[];
}

function clusterSource(recipient: string, commit: Commit): string {
  const library = pathToFileURL(resolve(import.meta.dirname, '../constructs/index.ts')).href;
  const cdk8s = pathToFileURL(createRequire(import.meta.url).resolve('cdk8s')).href;
  return `
import { Size } from '${cdk8s}';
import { Agent, AgentApp, Cluster, custom, flux, image, kubernetesNetworkPolicies, openAiCompatible, route, sops } from '${library}';

const model = route('local/tiny', {
  providers: [openAiCompatible('local', { service: { name: 'models', namespace: 'models', port: 8080, labels: { app: 'models' } }, key: false })],
});
const runtime = custom({
  image: image('${commit.image}'),
  user: { uid: 65534, gid: 65534 },
  state: [{ name: 'state', path: '/state', size: Size.mebibytes(16) }],
  skills: '/skills',
  env: { TOKEN: { need: { name: 'chat', keys: { token: 'a token' } }, key: 'token' } },
  resources: { requests: { cpu: '1m', memory: Size.mebibytes(16) }, limits: { memory: Size.mebibytes(32) } },
});

export default new Cluster('live', {
  kubernetes: '1.36',
  domain: 'live.test',
  gitops: flux({
    repository: { url: '${process.env.E2E_GIT_REPOSITORY}' },
    decryptWith: '${namespace}-age',
    interval: '30s',
    timeout: '20s',
  }),
  secrets: sops({ recipients: ['${recipient}'] }),
  network: kubernetesNetworkPolicies(),
  apps: (cluster) => {
    const app = new AgentApp(cluster, 'shells', { namespace: '${namespace}' });
    new Agent(app, 'shell', { runtime, model, skills: ${JSON.stringify(commit.skills)} });
    cluster.accept('image-digest', { because: 'test' });
  },
});
`;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

interface Live {
  readonly metadata: { readonly name: string; readonly uid: string; readonly creationTimestamp: string };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly lastAppliedRevision?: string };
  readonly data?: Readonly<Record<string, string>>;
}

describe.skipIf(skip)('Flux applies the output', () => {
  let repository: string;
  let recipient: string;
  let identity: string;

  const kubectl = async (...args: string[]) => (await execa('kubectl', args)).stdout;
  const get = async (kind: string, name: string, of = namespace): Promise<Live> =>
    JSON.parse(await kubectl('-n', of, 'get', kind, name, '-o', 'json'));
  const names = async (kind: string) =>
    (await kubectl('-n', namespace, 'get', kind, '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
  const git = async (...args: string[]) => (await execa('git', ['-C', repository, ...args])).stdout;

  /** Renders, commits and pushes; gives the revision as Flux names it. */
  const push = async (commit: Commit): Promise<string> => {
    writeFileSync(join(repository, 'clusters/live/cluster.ts'), clusterSource(recipient, commit));
    await chitin(repository, 'synth');
    return await pushAll();
  };
  /** Commits and pushes whatever is in the folder. */
  const pushAll = async (): Promise<string> => {
    await git('add', '--all');
    await git('-c', 'user.name=e2e', '-c', 'user.email=e2e@live.test', 'commit', '--quiet', '-m', 'e2e');
    await git('push', '--quiet', '--force', process.env.E2E_GIT_REPOSITORY ?? '', 'HEAD:refs/heads/main');
    return `main@sha1:${await git('rev-parse', 'HEAD')}`;
  };
  /** As `flux reconcile source git chitin` does; what depends on it follows by itself. */
  const reconcile = async () =>
    await kubectl(
      '-n',
      'flux-system',
      'annotate',
      '--overwrite',
      'gitrepositories.source.toolkit.fluxcd.io/chitin',
      `reconcile.fluxcd.io/requestedAt=${Date.now()}`,
    );
  const parts = ['gitops', 'cluster', 'shells'];
  const kustomization = async (part: string) =>
    await get('kustomizations.kustomize.toolkit.fluxcd.io', `chitin-${part}`, 'flux-system');
  const readyOf = ({ status }: Live) => status?.conditions?.find(({ type }) => type === 'Ready');
  const state = async () => await kubectl('-n', 'flux-system', 'get', 'gitrepositories,kustomizations');
  const applied = async (revision: string) => {
    await reconcile();
    return await eventually(
      `every Kustomization to be Ready at ${revision}`,
      120,
      async () => {
        const live = await Promise.all(parts.map(kustomization));
        const done = live.every(
          (each) => readyOf(each)?.status === 'True' && each.status?.lastAppliedRevision === revision,
        );
        return done ? live : undefined;
      },
      state,
    );
  };

  beforeAll(async () => {
    identity = await generateX25519Identity();
    recipient = await identityToRecipient(identity);
    repository = mkdtempSync(join(tmpdir(), 'chitin-flux-'));
    cpSync(resolve(import.meta.dirname, '../skills'), join(repository, 'skills'), { recursive: true });
    const folder = join(repository, 'clusters/live/secrets', namespace);
    mkdirSync(folder, { recursive: true });
    const ours = embeddedEngine({
      identities: () => ({ keys: [identity], inFiles: false }),
      now: () => new Date(),
    });
    const place = {
      namespace,
      name: 'shell-chat',
      path: `clusters/live/secrets/${namespace}/shell-chat.yaml`,
    };
    const text = await ours.create(place, new Map([['token', Buffer.from(value)]]), [recipient]);
    writeFileSync(join(repository, place.path), text);
    await execa('git', ['init', '--quiet', '--initial-branch', 'main', repository]);
    const metadata = { name: `${namespace}-age`, namespace: 'flux-system' };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { 'age.agekey': identity } };
    await execa('kubectl', ['create', '-f', '-'], { input: JSON.stringify(secret) });
  });

  afterAll(async () => {
    for (const part of [...parts].reverse())
      await kubectl(
        '-n',
        'flux-system',
        'delete',
        '--ignore-not-found',
        `kustomizations.kustomize.toolkit.fluxcd.io/chitin-${part}`,
      );
    await kubectl(
      '-n',
      'flux-system',
      'delete',
      '--ignore-not-found',
      'gitrepositories.source.toolkit.fluxcd.io/chitin',
      `secret/${namespace}-age`,
    );
    await kubectl('delete', '--ignore-not-found', `namespace/${namespace}`, '--wait=false');
    for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
      await kubectl('delete', kind, '-l', 'app.kubernetes.io/managed-by=chitin', '--ignore-not-found');
    rmSync(repository, { recursive: true });
  });

  const first: Commit = { image: good, skills: ['flux-debugging', 'storage-checks'] };

  test('the GitOps objects, applied once by hand, bring the rest: the cluster first, then the app', async () => {
    const revision = await push(first);
    await kubectl('apply', '--server-side', '-f', join(repository, 'dist/live/gitops'));
    const live = await applied(revision);
    expect(live.map(({ metadata }) => metadata.name)).toEqual(['chitin-gitops', 'chitin-cluster', 'chitin-shells']);
    const deny = await get('networkpolicy', 'default-deny');
    const workload = await get('statefulset', 'shell');
    expect(Date.parse(deny.metadata.creationTimestamp)).toBeLessThanOrEqual(
      Date.parse(workload.metadata.creationTimestamp),
    );
    const pod = await get('pod', 'shell-0');
    expect(readyOf(pod)?.status).toBe('True');
  });

  test('Flux decrypts what our implementation of sops encrypted, byte for byte', async () => {
    const { data } = await get('secret', 'shell-chat');
    expect(Buffer.from(data?.token ?? '', 'base64').toString()).toBe(value);
  });

  test('skills arrive byte for byte', async () => {
    const digest = (bytes: string) => createHash('sha256').update(bytes).digest('hex');
    const folder = join(repository, 'dist/live/shells');
    const maps = readdirSync(folder).filter((file) => file.startsWith('configmap.shell-skill-'));
    expect(maps.length).toBe(2);
    for (const file of maps) {
      const { metadata } = load(readFileSync(join(folder, file), 'utf8')) as Live;
      const live = await get('configmap', metadata.name);
      const skill = metadata.name.replace('shell-skill-', '');
      const source = readFileSync(resolve(import.meta.dirname, '../skills', skill, 'SKILL.md'), 'utf8');
      expect(digest(live.data?.['SKILL.md'] ?? '')).toBe(digest(source));
    }
  });

  test('what a commit removes is pruned, and nothing else', async () => {
    expect(await names('configmap')).toContain('shell-skill-storage-checks');
    const before = await get('persistentvolumeclaim', 'shell-state');
    await applied(await push({ ...first, skills: ['flux-debugging'] }));
    expect(await names('configmap')).not.toContain('shell-skill-storage-checks');
    expect((await get('persistentvolumeclaim', 'shell-state')).metadata.uid).toBe(before.metadata.uid);
  });

  test('a commit that breaks the agent says so, and the next one mends it', async () => {
    await push({ image: `${image(good).repository}:no-such-tag`, skills: ['flux-debugging'] });
    await reconcile();
    const broken = await eventually(
      'the app not to be Ready',
      120,
      async () => {
        // Until the cluster's part is at the commit, the app waits for it.
        const ready = readyOf(await kustomization('shells'));
        return ready?.status === 'False' && !ready.message.startsWith('dependency') ? ready : undefined;
      },
      state,
    );
    expect(broken.message).toContain(`StatefulSet/${namespace}/shell`);
    expect(readyOf(await kustomization('cluster'))?.status).toBe('True');
    await applied(await push({ ...first, skills: ['flux-debugging'] }));
    expect(readyOf(await get('pod', 'shell-0'))?.status).toBe('True');
  });

  test('a commit that Flux cannot apply leaves everything as it was', async () => {
    const before = await get('statefulset', 'shell');
    await push(first);
    const file = join(repository, 'dist/live/shells/statefulset.shell.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('replicas: 1', 'replicas: one'));
    await pushAll();
    await reconcile();
    const ready = await eventually(
      'the app to be refused',
      120,
      async () => {
        const condition = readyOf(await kustomization('shells'));
        return condition?.status === 'False' && condition.message.includes('dry-run failed') ? condition : undefined;
      },
      state,
    );
    expect(ready.message).toContain('replicas');
    expect((await get('statefulset', 'shell')).metadata.uid).toBe(before.metadata.uid);
    // Nothing of the same commit was applied either: the skill that it brings is not there.
    expect(await names('configmap')).not.toContain('shell-skill-storage-checks');
    await applied(await push(first));
  });

  test('a Namespace and a volume of state that leave Git stay in the cluster', async () => {
    const claim = await get('persistentvolumeclaim', 'shell-state');
    rmSync(join(repository, 'dist/live/shells/persistentvolumeclaim.shell-state.yaml'));
    rmSync(join(repository, `dist/live/cluster/namespace.${namespace}.yaml`));
    await applied(await pushAll());
    expect((await get('persistentvolumeclaim', 'shell-state')).metadata.uid).toBe(claim.metadata.uid);
    expect((await get('namespace', namespace)).metadata.name).toBe(namespace);
  });
});
