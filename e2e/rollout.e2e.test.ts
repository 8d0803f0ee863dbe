/**
 * A commit that breaks an agent and the one that mends it, on a real node. Needs KUBECONFIG, CRDS (a folder with Cilium's
 * CRD in `cilium.io`) and a node that has or can pull $E2E_IMAGE: any image that runs as uid 65534 and does not end.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { image } from '../constructs/images.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { applyCrds } from './crds.ts';
import { deletePolicies } from './delete-policies.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';
import { chitin } from './repository-copy.ts';

const skip = missing({ kubeconfig: true, env: ['CRDS'] });
announceSkip('a broken agent is mended by a commit', skip);

const good = process.env.E2E_IMAGE ?? 'registry.k8s.io/pause:3.10';
const broken = `${image(good).repository}:no-such-tag`;
// Runs that share a cluster do not meet.
const namespace = `chitin-rollout-${process.pid}`;

/** Seconds for each of five waits, which have to end before the test's own timeout to tell what they waited for. */
const patience = 110;

/** `shell` is as the constructs make it; `ordered` differs in the one field that is to be proved. */
function clusterSource(reference: string, revision: string): string {
  const library = pathToFileURL(resolve(import.meta.dirname, '../constructs/index.ts')).href;
  const cdk8s = pathToFileURL(createRequire(import.meta.url).resolve('cdk8s')).href;
  return `
import { JsonPatch } from '${cdk8s}';
import { Agent, AgentApp, Cluster, cilium, custom, flux, image, openAiCompatible, route, Size, sops } from '${library}';

const model = route('local/tiny', {
  providers: [openAiCompatible('local', { service: { name: 'models', namespace: 'models', port: 8080, labels: { app: 'models' } }, key: false })],
});
const runtime = custom({
  image: image('${reference}'),
  user: { uid: 65534, gid: 65534 },
  env: { REVISION: '${revision}' },
  state: [{ name: 'state', path: '/state', size: Size.mebibytes(16) }],
  resources: { requests: { cpu: '1m', memory: Size.mebibytes(16) }, limits: { memory: Size.mebibytes(32) } },
});

export default new Cluster('rollout', {
  kubernetes: '1.36',
  domain: 'rollout.test',
  gitops: flux({ repository: { url: 'https://git.rollout.test/rollout.git' }, decryptWith: 'sops-age' }),
  secrets: sops({ recipients: ['age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq'] }),
  network: cilium(),
  apps: (cluster) => {
    const app = new AgentApp(cluster, 'shells', { namespace: '${namespace}' });
    new Agent(app, 'shell', { runtime, model });
    const ordered = new Agent(app, 'ordered', { runtime, model });
    ordered.statefulSet.addJsonPatch(JsonPatch.replace('/spec/podManagementPolicy', 'OrderedReady'));
  },
});
`;
}

interface Live extends ObjectRef {
  readonly metadata: ObjectRef['metadata'] & {
    readonly uid: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
}

interface Pod extends Live {
  readonly spec: { readonly containers: readonly { readonly env?: readonly { name: string; value?: string }[] }[] };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly state: { readonly waiting?: { readonly reason: string } } }[];
  };
}

interface StatefulSet extends Live {
  readonly status: {
    readonly observedGeneration?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly readyReplicas?: number;
  };
}

describe.skipIf(skip)('a broken agent is mended by a commit', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  let repository: string;

  const ref = (apiVersion: string, kind: string, name: string): ObjectRef => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
  });
  const read = async <T extends Live>(object: ObjectRef): Promise<T> => {
    const answer = await api.get(object);
    if (answer.status !== 200) throw new Error(messageOf(answer));
    return answer.body as T;
  };
  const podOf = (agent: string) => read<Pod>(ref('v1', 'Pod', `${agent}-0`));
  const setOf = (agent: string) => read<StatefulSet>(ref('apps/v1', 'StatefulSet', agent));
  const claimOf = (agent: string) => read<Live>(ref('v1', 'PersistentVolumeClaim', `${agent}-state`));

  /** What a GitOps engine does with a commit: what the cluster owns first, namespaces before all, then the app. */
  const commit = async (reference: string, revision: string) => {
    mkdirSync(join(repository, 'clusters/rollout'), { recursive: true });
    writeFileSync(join(repository, 'clusters/rollout/cluster.ts'), clusterSource(reference, revision));
    await chitin(repository, 'synth');
    const dist = join(repository, 'dist/rollout');
    const files = ['cluster', 'shells'].flatMap((folder) =>
      readdirSync(join(dist, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    );
    const objects = files.map((file) => {
      const text = readFileSync(file, 'utf8');
      return { text, object: load(text) as ObjectRef };
    });
    const isNamespace = ({ object }: { object: ObjectRef }) => object.kind === 'Namespace';
    for (const { object, text } of [...objects.filter(isNamespace), ...objects.filter((each) => !isNamespace(each))]) {
      const answer = await api.apply(object, text, { dryRun: false });
      if (answer.status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
    }
  };

  const state = (agent: string) => async () => {
    const parts = await Promise.allSettled([setOf(agent), podOf(agent)]);
    return parts
      .map((part) => (part.status === 'fulfilled' ? `${part.value.kind} ${told(part.value)}` : String(part.reason)))
      .join('\n');
  };
  const rolledOut = (agent: string, revision: string) =>
    eventually(
      `${agent}-0 to be Ready at revision ${revision}`,
      patience,
      async () => {
        const [set, pod] = [await setOf(agent), await podOf(agent)];
        return isSettled(set) && revisionOf(pod) === revision && isReady(pod) ? pod : undefined;
      },
      state(agent),
    );
  const failing = (agent: string, revision: string) =>
    eventually(
      `${agent}-0 to fail at revision ${revision}`,
      patience,
      async () => {
        const pod = await podOf(agent);
        return revisionOf(pod) === revision && cannotPull(pod) ? pod : undefined;
      },
      state(agent),
    );

  beforeAll(async () => {
    repository = mkdtempSync(join(tmpdir(), 'chitin-rollout-'));
    await applyCrds(api, join(process.env.CRDS ?? '', 'cilium.io'));
  });

  afterAll(async () => {
    rmSync(repository, { recursive: true });
    await deletePolicies(api);
    const own: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await api.delete(own);
    await eventually(`namespace ${namespace} to be gone`, 120, async () =>
      (await api.get(own)).status === 404 ? true : undefined,
    );
  });

  test('the mending commit replaces the broken pod, and the state stays', async () => {
    await commit(good, '1');
    const first = await rolledOut('shell', '1');
    await rolledOut('ordered', '1');
    const [set, claim] = [await setOf('shell'), await claimOf('shell')];

    await commit(broken, '2');
    const failed = await failing('shell', '2');
    await failing('ordered', '2');
    expect(failed.metadata.uid).not.toBe(first.metadata.uid);

    await commit(good, '3');
    const mended = await rolledOut('shell', '3');
    expect(mended.metadata.uid).not.toBe(failed.metadata.uid);
    expect((await setOf('shell')).metadata.uid).toBe(set.metadata.uid);
    const kept = await claimOf('shell');
    expect(kept.metadata.uid).toBe(claim.metadata.uid);
    expect(kept.metadata.deletionTimestamp).toBeUndefined();
  });

  test('podManagementPolicy is why: in the default order the same commit waits for somebody to delete the pod', async () => {
    const set = await setOf('ordered');
    const stuck = await podOf('ordered');
    expect(set.status.observedGeneration).toBe(set.metadata.generation);
    expect(stuck.metadata.labels?.['controller-revision-hash']).not.toBe(set.status.updateRevision);
    expect([revisionOf(stuck), cannotPull(stuck), stuck.metadata.deletionTimestamp]).toEqual(['2', true, undefined]);
    await api.delete(ref('v1', 'Pod', 'ordered-0'));
    await rolledOut('ordered', '3');
  });
});

/** As engines judge it: the controller saw the last change, and every pod is of its revision and ready. */
function isSettled({ metadata, status }: StatefulSet): boolean {
  return (
    status.observedGeneration === metadata.generation &&
    status.currentRevision === status.updateRevision &&
    status.readyReplicas === 1
  );
}

function isReady({ status }: Pod): boolean {
  return (status.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

function revisionOf({ spec }: Pod): string | undefined {
  return spec.containers[0]?.env?.find(({ name }) => name === 'REVISION')?.value;
}

function cannotPull({ status }: Pod): boolean {
  const reason = status.containerStatuses?.[0]?.state.waiting?.reason;
  return reason === 'ErrImagePull' || reason === 'ImagePullBackOff';
}

function told(object: Live): string {
  return `${object.metadata.name}: ${JSON.stringify((object as Pod | StatefulSet).status, null, 2)}`;
}
