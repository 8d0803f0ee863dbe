/**
 * What `startJobs` lets an agent do on a real API server, with the token of its account: the Jobs of the listed CronJobs as
 * they stand, and nothing that RBAC's "create jobs" would let it do beside that.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startJobs } from '../constructs/index.ts';
import { oneAgent, rendered } from '../constructs/testing/cluster.ts';
import type { KubeObject } from '../scripts/manifest/manifest.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { asAccount, type Outcome } from './as-account.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';

const skip = missing({ kubeconfig: true, programs: ['kubectl'] });
announceSkip('an agent starts the CronJobs that it was given, and nothing else', skip);

// Runs do not share a cluster: the policy names the namespace, and part of it stays.
const namespace = 'chitin-start-jobs';
const refused = (what: string) =>
  expect.stringContaining(
    `ValidatingAdmissionPolicy '${namespace}-agent-start-jobs' with binding '${namespace}-agent-start-jobs-${what}' denied request: `,
  );

const cronJob = (name: string, spec: object = {}, jobTemplate: object = {}): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace },
  spec: {
    schedule: '0 6 1 1 *',
    suspend: true,
    jobTemplate: {
      spec: {
        activeDeadlineSeconds: 600,
        template: {
          metadata: { labels: { job: name }, annotations: { 'example.test/from': name } },
          spec: {
            restartPolicy: 'Never',
            serviceAccountName: 'brief',
            containers: [
              { name: 'brief', image: 'registry.example.test/brief:1', env: [{ name: 'LANGUAGE', value: 'en' }] },
            ],
            ...spec,
          },
        },
        ...jobTemplate,
      },
    },
  },
});

describe.skipIf(skip)('an agent starts the CronJobs that it was given, and nothing else', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  const folder = mkdtempSync(join(tmpdir(), 'chitin-start-jobs-'));
  const made: ObjectRef[] = [];
  let agent: (args: readonly string[], input?: object) => Promise<Outcome>;

  const apply = async (object: KubeObject) => {
    const answer = await api.apply(object, JSON.stringify(object), { dryRun: false });
    if (answer.status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
    if (answer.status === 201) made.push(object);
  };
  const start = (name: string, from: string) => agent(['create', 'job', name, `--from=cronjob/${from}`]);
  /** Why an administrator cannot make a Job. */
  const byHand = async (where: string): Promise<string> => {
    const pod = { restartPolicy: 'Never', containers: [{ name: 'any', image: 'registry.example.test/any:1' }] };
    const metadata = { name: 'by-hand', namespace: where };
    const job: KubeObject = { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: { spec: pod } } };
    const answer = await api.createDryRun(job);
    return answer.status === 201 ? '' : messageOf(answer);
  };
  /** The Job that kubectl would make, with changes. */
  const changed = async (from: string, change: (job: MutableJob) => void): Promise<Outcome> => {
    const { text } = await agent([
      ...['create', 'job', 'changed', `--from=cronjob/${from}`, '--dry-run=client', '-o', 'json'],
    ]);
    const job = JSON.parse(text) as MutableJob;
    change(job);
    return await agent(['create', '-f', '-'], job);
  };

  beforeAll(async () => {
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const { cluster, agent: construct } = oneAgent();
    construct.grant(startJobs(['morning-brief', 'weekly-review']), { because: 'people ask for the brief early' });
    const objects = Object.values(rendered(cluster)) as unknown as KubeObject[];
    const grant = objects.filter(({ kind }) =>
      ['ServiceAccount', 'Role', 'RoleBinding'].concat(policyKinds).includes(kind),
    );
    const moved = JSON.parse(JSON.stringify(grant).replaceAll('demo', namespace)) as KubeObject[];
    for (const object of moved.filter(({ kind }) => !kind.startsWith('Validating'))) await apply(object);
    for (const name of ['brief', 'other']) {
      await apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
    }
    await apply(cronJob('morning-brief'));
    await apply(
      cronJob(
        'weekly-review',
        { securityContext: { runAsNonRoot: true, runAsUser: 1000 } },
        {
          backoffLimit: 2,
          parallelism: 2,
          completions: 4,
          completionMode: 'Indexed',
          ttlSecondsAfterFinished: 60,
          podFailurePolicy: {
            rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }],
          },
        },
      ),
    );
    await apply(cronJob('not-listed'));
    for (const object of moved.filter(({ kind }) => kind.startsWith('Validating'))) await apply(object);
    agent = await asAccount(folder, namespace, 'agent');
    await eventually('the policy to act', 60, async () => {
      const { text } = await agent([
        'create',
        'job',
        'probe',
        '--image=registry.example.test/brief:1',
        '--dry-run=server',
      ]);
      return text.includes('denied request') ? true : undefined;
    });
  });

  afterAll(async () => {
    // What keeps the API server watching CronJobs stays, or the next run would find it blind (kubernetes/kubernetes#130887).
    const kept = ({ metadata }: ObjectRef) => metadata.name.endsWith('-params');
    for (const object of made.toReversed()) if (!kept(object)) await api.delete(object);
    rmSync(folder, { recursive: true });
  });

  test('the API server finds nothing to warn of in the expressions', async () => {
    const policy = made.find(
      ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && !metadata.name.endsWith('-params'),
    );
    const found = await eventually('the policy to be checked', 60, async () => {
      const { body } = await api.get(policy as ObjectRef);
      return (body as { status?: { typeChecking?: object } }).status?.typeChecking;
    });
    expect(found).toEqual({});
  });

  test.each(['morning-brief', 'weekly-review'])('kubectl create job --from=cronjob/%s', async (name) => {
    expect(await start(`${name}-now`, name)).toEqual({ code: 0, text: `job.batch/${name}-now created` });
    const { body } = await api.get(jobRef(`${name}-now`));
    expect((body as MutableJob).metadata.ownerReferences).toMatchObject([{ kind: 'CronJob', name }]);
  });

  test('a CronJob that is not listed cannot be read, and its Job cannot be made', async () => {
    expect((await start('not-listed-now', 'not-listed')).text).toContain(
      `cronjobs.batch "not-listed" is forbidden: User "system:serviceaccount:${namespace}:agent" cannot get resource "cronjobs"`,
    );
    const outcome = await changed('morning-brief', ({ metadata }) => {
      metadata.ownerReferences = [{ ...metadata.ownerReferences?.[0], name: 'not-listed' }];
    });
    expect(outcome.code).toBe(1);
    expect(outcome.text).toContain('the agent may only start Jobs from these CronJobs: morning-brief, weekly-review.');
  });

  const changes: Readonly<Record<string, (job: MutableJob) => void>> = {
    'another image': ({ spec }) =>
      void Object.assign(spec.template.spec.containers[0] as object, { image: 'evil.example.test/x:1' }),
    'another command': ({ spec }) =>
      void Object.assign(spec.template.spec.containers[0] as object, { command: ['sh'] }),
    'another variable': ({ spec }) =>
      void Object.assign(spec.template.spec.containers[0] as object, { env: [{ name: 'LANGUAGE', value: 'de' }] }),
    'one more container': ({ spec }) =>
      void spec.template.spec.containers.push({ name: 'more', image: 'registry.example.test/brief:1' }),
    'another ServiceAccount': ({ spec }) => void Object.assign(spec.template.spec, { serviceAccountName: 'other' }),
    'no ServiceAccount': ({ spec }) => {
      delete spec.template.spec.serviceAccountName;
      delete spec.template.spec.serviceAccount;
    },
    'a node': ({ spec }) => void Object.assign(spec.template.spec, { nodeName: 'node' }),
    'a volume with a Secret': ({ spec }) =>
      void Object.assign(spec.template.spec, { volumes: [{ name: 'secret', secret: { secretName: 'any' } }] }),
    'one more label on the pods': ({ spec }) =>
      void Object.assign(spec.template.metadata, { labels: { ...spec.template.metadata.labels, app: 'agent' } }),
    'another label on the pods': ({ spec }) => void Object.assign(spec.template.metadata, { labels: { job: 'other' } }),
    'no labels on the pods': ({ spec }) => void delete spec.template.metadata.labels,
    'another annotation on the pods': ({ spec }) =>
      void Object.assign(spec.template.metadata, { annotations: { 'example.test/from': 'other' } }),
    'a finalizer on the pods': ({ spec }) =>
      void Object.assign(spec.template.metadata, { finalizers: ['example.test/held'] }),
    'more pods': ({ spec }) => void Object.assign(spec, { parallelism: 100, completions: 100 }),
    'more attempts': ({ spec }) => void Object.assign(spec, { backoffLimit: 1000 }),
    'no deadline': ({ spec }) => void delete spec.activeDeadlineSeconds,
    'a later deadline': ({ spec }) => void Object.assign(spec, { activeDeadlineSeconds: 86_400 }),
    'a lifetime': ({ spec }) => void Object.assign(spec, { ttlSecondsAfterFinished: 1 }),
    'pods of its own choice': ({ spec }) =>
      void Object.assign(spec, { manualSelector: true, selector: { matchLabels: { job: 'morning-brief' } } }),
    suspended: ({ spec }) => void Object.assign(spec, { suspend: true }),
    'another controller': ({ spec }) => void Object.assign(spec, { managedBy: 'example.test/controller' }),
  };

  test.each(Object.keys(changes))('the Job of morning-brief with %s is refused', async (name) => {
    const outcome = await changed('morning-brief', changes[name] as (job: MutableJob) => void);
    expect(outcome).toEqual({ code: 1, text: refused('morning-brief') });
    expect(outcome.text).toContain(
      'the Job is not what CronJob morning-brief would start. Use kubectl create job NAME --from=cronjob/morning-brief, and change nothing in it.',
    );
  });

  const owners: Readonly<Record<string, (job: MutableJob) => void>> = {
    'no owner': ({ metadata }) => void delete metadata.ownerReferences,
    'two owners': ({ metadata }) => {
      const [owner] = metadata.ownerReferences ?? [];
      metadata.ownerReferences = [owner ?? {}, { ...owner, name: 'weekly-review', controller: false }];
    },
    'an owner of another kind': ({ metadata }) => {
      metadata.ownerReferences = [{ ...metadata.ownerReferences?.[0], apiVersion: 'example.test/v1' }];
    },
  };

  test.each(Object.keys(owners))('a Job with %s is refused', async (name) => {
    const outcome = await changed('morning-brief', owners[name] as (job: MutableJob) => void);
    expect(outcome.code).toBe(1);
    expect(outcome.text).toContain('the agent may only start Jobs from these CronJobs');
  });

  test("a Job of one listed CronJob cannot pass for another one's", async () => {
    const outcome = await changed('morning-brief', ({ metadata }) => {
      metadata.ownerReferences = [{ ...metadata.ownerReferences?.[0], name: 'weekly-review' }];
    });
    expect(outcome).toEqual({ code: 1, text: refused('weekly-review') });
  });

  test('others are not asked', async () => {
    expect(await byHand(namespace)).toBe('');
  });

  test('a CronJob that is changed is followed, and one that is gone refuses every Job in the namespace', async () => {
    await apply(cronJob('weekly-review', { containers: [{ name: 'brief', image: 'registry.example.test/brief:2' }] }));
    await eventually('the change to be seen', 30, async () =>
      (await start('weekly-review-two', 'weekly-review')).code === 0 ? true : undefined,
    );
    await api.delete(cronJob('weekly-review'));
    await eventually('the removal to be seen', 30, async () => {
      const { text } = await agent(['create', 'job', 'late', '--from=cronjob/morning-brief', '--dry-run=server']);
      return text.includes('no params found') ? true : undefined;
    });
    expect(await byHand(namespace)).toContain('no params found');
    expect(await byHand('default')).toBe('');
  });

  test.each(['list jobs.batch', 'update jobs.batch', 'delete jobs.batch', 'patch cronjobs.batch', 'create pods'])(
    'may not %s',
    async (request) => {
      const outcome = await agent(['auth', 'can-i', ...request.split(' ')]);
      expect(outcome).toEqual({ code: 1, text: 'no' });
    },
  );
});

const policyKinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];

const jobRef = (name: string): ObjectRef => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace } });

interface MutableJob {
  metadata: { ownerReferences?: object[] };
  spec: {
    activeDeadlineSeconds?: number;
    template: {
      metadata: { labels?: object };
      spec: { serviceAccountName?: string; serviceAccount?: string; containers: object[] };
    };
  };
}
