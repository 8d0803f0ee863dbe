import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chitin, copyRepository, edit, repository } from '../testing/repository-copy.ts';

let copy: string;

/** A cluster with a default deny in each of six namespaces, and an object that the author made. */
const many = `import { ApiObject } from 'cdk8s';
import { AgentApp, Cluster, cilium, none, sops } from '../../constructs/index.ts';

export default new Cluster('many', {
  kubernetes: '1.36',
  domain: 'example.test',
  gitops: none(),
  secrets: sops({ recipients: ['age1nharyjf38cr7mvhj3c7d66krckxlgs8p3kcwgglpt545ql6mlu0shap3f4'] }),
  network: cilium(),
  apps: (cluster) => {
    for (let index = 1; index <= 6; index++) {
      const app = new AgentApp(cluster, \`app-\${index}\`, { namespace: \`team-\${index}\` });
      new ApiObject(app, 'settings', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: \`settings-\${index}\` } });
    }
  },
});
`;

/** No `dist` in it, so nothing can come from there. */
beforeAll(() => {
  copy = copyRepository();
  mkdirSync(join(copy, 'clusters/many'));
  writeFileSync(join(copy, 'clusters/many/cluster.ts'), many);
});
afterAll(() => {
  rmSync(copy, { recursive: true });
});

const explain = (...args: readonly string[]) => chitin(copy, 'explain', ...args);

/** The first line of each object, which has its file. */
const files = (stdout: string) => stdout.split('\n').flatMap((line) => (/^dist\S+/.exec(line)?.[0] ? [line] : []));

const service = 'dist/lab/claw/service.claw.yaml  Service zeroclaw/claw';

test('a file is found from where one stands, by its absolute path and by its path below dist, and nothing is written', async () => {
  for (const [folder, path] of [
    ['.', 'dist/lab/claw/service.claw.yaml'],
    ['.', './dist/lab/cluster/../claw/service.claw.yaml'],
    ['.', 'lab/claw/service.claw.yaml'],
    ['clusters/lab', '../../dist/lab/claw/service.claw.yaml'],
    ['apps', join(copy, 'dist/lab/claw/service.claw.yaml')],
  ] as const) {
    const { exitCode, stdout, stderr } = await chitin(join(copy, folder), 'explain', path);
    expect({ exitCode, stderr, files: files(stdout) }).toEqual({ exitCode: 0, stderr: '', files: [service] });
  }
  expect(existsSync(join(copy, 'dist'))).toBe(false);
});

test('several objects of one name are all shown, and it says so', async () => {
  const { exitCode, stdout, stderr } = await explain('svc/claw');
  expect({ exitCode, stderr, files: files(stdout) }).toEqual({
    exitCode: 0,
    stderr: 'svc/claw means 2 objects; --namespace, --cluster or the file narrows it\n',
    files: ['dist/edge/claw/service.claw.yaml  Service zeroclaw/claw', service],
  });
  expect(files((await explain('svc/claw', 'lab/claw/service.claw.yaml', '--cluster', 'lab')).stdout)).toEqual([
    service,
  ]);
});

test('an object that an author made has its own line and nothing else', async () => {
  const { stdout } = await explain('cm/settings-3', '--cluster', 'many');
  expect(stdout).toBe(
    'dist/many/app-3/configmap.settings-3.yaml  ConfigMap team-3/settings-3\n  from clusters/many/cluster.ts:13  many/app-3/settings',
  );
});

test('a finding that nobody accepted is shown as one', async () => {
  const undo = edit(join(copy, 'apps/claw/claw.ts'), "agent.accept('reaches-internet'", "agent.accept('something'");
  const { stdout } = await explain('cnp/claw', '--cluster', 'lab');
  undo();
  expect(stdout.split('\n').at(-1)).toBe(
    '  finding reaches-internet            pods of zeroclaw/claw may connect to every public address',
  );
});

test('a cluster with errors is not explained, and others are', async () => {
  const undo = edit(join(copy, 'clusters/edge/cluster.ts'), "new Cluster('edge'", "new Cluster('else'");
  const told =
    'error cluster edge cannot be explained as long as it has errors: there is 1\n  Run chitin synth edge: it shows them.';
  const found = await explain('svc/claw');
  const notFound = await explain('sealedsecret/claw-openai');
  const json = await explain('svc/claw', '--cluster', 'edge', '--format', 'json');
  undo();
  expect([found.exitCode, found.stderr, files(found.stdout)]).toEqual([1, told, [service]]);
  expect([notFound.exitCode, notFound.stderr, notFound.stdout]).toEqual([1, told, '']);
  expect([json.exitCode, JSON.parse(json.stdout)]).toEqual([
    1,
    { objects: [], broken: [{ cluster: 'edge', errors: 1 }] },
  ]);
});

test('a mistake in an object is an error of its cluster', async () => {
  const fixtures = join(repository, 'scripts/synth/fixtures/errors');
  const { exitCode, stdout, stderr } = await chitin(fixtures, 'explain', 'statefulset/agent', '--cluster', 'flows');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(/^error cluster flows cannot be explained as long as it has errors: there are \d+\n/);
});

test.each([
  [['secret/claw-openay', '--cluster', 'lab'], 'there is no secret/claw-openay in lab. Closest: secret/claw-openai, '],
  [
    ['deployment/claw', '-n', 'zeroclaw', '--cluster', 'lab'],
    'there is no deployment/claw in namespace zeroclaw of lab. Closest: statefulset/claw, serviceaccount/claw, service/claw, poddisruptionbudget/claw, httproute/claw.',
  ],
  [
    ['sts.batch/claw', '--cluster', 'lab', '-n', 'elsewhere'],
    'there is no sts.batch/claw in namespace elsewhere of lab. Closest: statefulset/claw -n zeroclaw, ',
  ],
  [
    ['claw', '--cluster', 'lab'],
    'claw says no object: write kind/name. Closest: statefulset/claw, serviceaccount/claw, service/claw, poddisruptionbudget/claw, httproute/claw.',
  ],
  [['svc', '--cluster', 'lab'], 'svc says no object: write kind/name. Closest: service/claw, service/claw-headless.'],
  [
    ['dist/lab/claw/servise.claw.yaml'],
    'dist/lab/claw/servise.claw.yaml is not generated: nothing in lab renders to it. Closest: dist/lab/claw/service.claw.yaml,',
  ],
  [['./dist/lab'], './dist/lab is not generated: nothing in lab renders to it.'],
  [
    ['apps/claw/claw.ts'],
    'apps/claw/claw.ts is not a file of dist in edge, homelab, lab, local, many, media. Give one, or an object such as statefulset/claw.',
  ],
  [
    ['dist/nowhere/claw/service.claw.yaml'],
    'dist/nowhere/claw/service.claw.yaml is not a file of dist in edge, homelab, lab, local, many, media.',
  ],
  [
    ['networkpolicy/default-deny', '--cluster', 'many'],
    'networkpolicy/default-deny means 6 objects: dist/many/cluster/team-1/networkpolicy.default-deny.yaml, ',
  ],
  [
    ['svc/claw', '--cluster', 'nowhere'],
    'unknown cluster: nowhere. There are: edge, homelab, lab, local, many, media.',
  ],
  [['service/claw', 'service/nothing', '--cluster', 'lab'], 'there is no service/nothing in lab.'],
])('wrong use: %j', async (args, message) => {
  const { exitCode, stdout, stderr } = await explain(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr.startsWith(`chitin: ${message}`), stderr).toBe(true);
  expect(stderr).not.toMatch(/^ {4}at /m);
});

test('help has examples', async () => {
  const { exitCode, stdout } = await explain('--help');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Examples:\n  chitin explain dist/lab/claw/ciliumnetworkpolicy.claw.yaml\n');
});
